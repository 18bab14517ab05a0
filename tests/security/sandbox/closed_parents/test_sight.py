"""The parent of kernels runs only when it must, and sees nothing of who asks it."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from enclave.errors import HostError
from enclave.sandbox import closed_parent, control_group
from enclave.sandbox.beneath import Builder, mount_namespace
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Limits
from enclave.sandbox.fork_trial import why_not
from tests.builders.dask_cluster import wait_for
from tests.builders.forked import needs_root, sandbox_beneath
from tests.security.sandbox.closed_parents.parents import (
    KERNEL,
    LURKING,
    QUIET,
    WITH_FILES,
    forked,
    nothing_is_left,
    recipe,
)
from tests.security.sandbox.harmful_package import LOOKS


pytestmark = [pytest.mark.sandbox, needs_root, pytest.mark.timeout(120)]


def _found(parent: ClosedParent) -> Path:
    return Path(f"/proc/{parent._sandbox.pid}/root/tmp/found")


def test_no_two_runs_have_a_parent_at_once(run):
    with ClosedParent(recipe(QUIET)) as parent:
        assert parent.ready(seconds=60)
        with mount_namespace(run) as files:
            with sandbox_beneath(parent, files, KERNEL):
                assert not parent.ready()
                with (
                    pytest.raises(HostError, match="is in use"),
                    sandbox_beneath(parent, files, KERNEL),
                ):
                    pass
            assert parent.ready()


def test_it_stands_still_while_its_fork_works(run):
    with ClosedParent(recipe(QUIET)) as parent, forked(parent, run):
        itself = psutil.Process(parent._sandbox.pid)
        wait_for(lambda: itself.status() == psutil.STATUS_STOPPED)


def test_it_would_find_what_builds_sandboxes_if_it_ran_beside_it(run, monkeypatch):
    """What is prevented is there to be prevented."""

    def stop(parent: ClosedParent, _seen: str) -> None:
        parent._send_signal(signal.SIGSTOP)

    monkeypatch.setattr(ClosedParent, "_stand_still_alone", stop)
    monkeypatch.setattr(Builder, "_end", lambda _: None)
    with ClosedParent(recipe(LURKING)) as parent:
        with forked(parent, run) as sandbox:
            wait_for(_found(parent).exists)
            os.killpg(sandbox._builder.pid, signal.SIGKILL)
            sandbox._builder.wait()
        assert _found(parent).read_text() == "of the run"


def test_no_fork_sees_its_parent_or_the_run(run):
    with ClosedParent(recipe(QUIET)) as parent, forked(parent, run) as sandbox:
        first = int(_pid_of(sandbox.handle))
        inside = psutil.Process(first).children(recursive=True)
        for each in (first, *(process.pid for process in inside)):
            for kind in ("pid", "user", "mnt", "net", "ipc"):
                own = Path(f"/proc/{each}/ns/{kind}").readlink()
                for other in (os.getpid(), run.pid, parent._sandbox.pid):
                    assert own != Path(f"/proc/{other}/ns/{kind}").readlink()
        assert not Path(f"/proc/{first}/root/project/run").exists()
    nothing_is_left()


def test_nobody_in_a_sandbox_holds_a_namespace_open(run, tmp_path):
    """Neither the kernel nor what holds its sandbox open, which it can look at."""
    with ClosedParent(recipe(LOOKS)) as parent:
        assert parent.ready(seconds=60)
        with (
            mount_namespace(run) as files,
            sandbox_beneath(parent, files, WITH_FILES) as sandbox,
            parent.fork(sandbox.handle, WITH_FILES, {}) as fork,
        ):
            assert fork.wait() == 0
    said = json.loads((tmp_path / "said").read_text())
    assert "cat" in said
    assert len(said) >= 2
    spaces = tuple(f"{kind.name}:[" for kind in Path("/proc/self/ns").iterdir())
    for held in said.values():
        assert [each for each in held if each.startswith(spaces)] == []


def test_where_there_are_control_groups_it_is_frozen_while_a_sandbox_is_built(
    run, monkeypatch
):
    groups = next(control_group._mounts(), None)
    if groups is None:
        pytest.skip("no control groups of version 2 are mounted here")
    made: list[Path] = []

    @contextmanager
    def group(_: Limits) -> Iterator[Path]:
        # Bounds are for where controllers are given to us.
        unbounded = Limits(memory_bytes=None, processes=None)
        with control_group.made(groups, unbounded) as place:
            made.append(place)
            yield place

    monkeypatch.setattr(closed_parent, "_group", group)
    with ClosedParent(recipe(QUIET)) as parent:
        assert parent.ready(seconds=60)
        (place,) = made
        with (
            mount_namespace(run) as files,
            sandbox_beneath(parent, files, KERNEL) as sandbox,
        ):
            parent._send_signal(signal.SIGCONT)
            assert "frozen 1" in (place / "cgroup.events").read_text()
            with parent.fork(sandbox.handle, KERNEL, {}):
                assert "frozen 0" in (place / "cgroup.events").read_text()
        assert parent.ready()
        with (
            mount_namespace(run) as files,
            pytest.raises(HostError, match="has ended"),
            sandbox_beneath(parent, files, KERNEL),
        ):
            parent.kill()  # frozen as it is
    wait_for(lambda: not place.exists())


def test_this_machine_can_fork():
    assert why_not() is None


def _pid_of(handle: int) -> str:
    lines = Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("Pid:"))
