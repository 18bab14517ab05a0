"""Control groups: chosen only where they bound, written as asked, and cleared away."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from enclave.sandbox import control_group
from enclave.sandbox.description import GIBIBYTE, Limits


LIMITS = Limits(total_memory_bytes=GIBIBYTE, processes=300, processors=1.5)


def _tree(folder: Path, controllers: str) -> Path:
    """Lay out what a file system of control groups shows; plain files take anything."""
    folder.mkdir()
    (folder / "cgroup.controllers").write_text(controllers)
    (folder / "cgroup.subtree_control").touch()
    return folder / "enclave"


def test_a_group_that_can_bound_is_made_and_opened(tmp_path):
    wanted = _tree(tmp_path / "groups", "cpuset cpu io memory pids")
    assert control_group.usable(wanted) == wanted
    assert (wanted / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"


@pytest.mark.parametrize("controllers", ["", "hugetlb", "memory pids"])
def test_one_that_bounds_too_little_is_not_used(tmp_path, controllers):
    wanted = _tree(tmp_path / "groups", controllers)
    assert control_group.usable(wanted) is None
    assert not wanted.exists()


def test_what_is_no_control_group_is_not_used(tmp_path):
    assert control_group.usable(tmp_path / "nothing" / "there") is None


def test_the_limits_are_written_before_anybody_is_in_it(tmp_path):
    parent = _tree(tmp_path / "groups", "cpu memory pids")
    parent.mkdir()
    with control_group.joined(parent, LIMITS):
        group = next(parent.glob("sandbox-*"))
        shown = {file.name: file.read_text() for file in group.iterdir()}
    assert shown == {
        "memory.max": str(GIBIBYTE),
        "memory.swap.max": "0",
        "pids.max": "300",
        "cpu.max": "150000 100000",
        "cgroup.procs": "0",
    }
    assert (parent / "keepers" / "cgroup.procs").read_text() == "0"
    assert (group / "cgroup.kill").read_text() == "1"


def test_without_a_group_everything_stays_where_it_is():
    with control_group.joined(None, LIMITS):
        pass


def test_groups_that_a_killed_keeper_left_are_removed(tmp_path):
    (tmp_path / "sandbox-1").mkdir()
    (tmp_path / "sandbox-2").mkdir()
    (tmp_path / "sandbox-2" / "in-use").touch()
    control_group.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["sandbox-2"]
    control_group.clear(None)


def _real_hierarchy() -> Path:
    for mount in control_group._mounts():
        if os.access(mount, os.W_OK):
            return mount
    pytest.skip("no control groups of version 2 can be written here")


def test_a_process_joins_and_its_group_ends_with_all_that_is_in_it():
    """On the real file system, whatever controllers it has: without bounds."""
    parent = _real_hierarchy() / f"enclave-test-{os.getpid()}"
    parent.mkdir()
    program = (
        "import subprocess, sys\n"
        "from pathlib import Path\n"
        "from enclave.sandbox import control_group\n"
        "from enclave.sandbox.description import Limits\n"
        "limits = Limits(processes=None)\n"
        "with control_group.joined(Path(sys.argv[1]), limits):\n"
        "    print(Path('/proc/self/cgroup').read_text().splitlines()[-1])\n"
        "    left = subprocess.Popen(['/usr/bin/sleep', '600'])\n"
        "print(left.wait())\n"
    )
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, str(parent)],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        where, code = done.stdout.splitlines()
        assert f"/{parent.name}/sandbox-" in where
        assert code == "-9"
        assert not list(parent.glob("sandbox-*")) or _emptied(parent)
    finally:
        for group in (*parent.glob("*/"), parent):
            group.rmdir()


def _emptied(parent: Path) -> bool:
    groups = parent.glob("sandbox-*")
    return all((group / "cgroup.procs").read_text() == "" for group in groups)
