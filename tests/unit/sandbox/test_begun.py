"""A sandbox whose building begins before anybody knows what it is to hold."""

import os
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from enclave.errors import HostError
from enclave.sandbox.begun import BegunSandbox
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import Mount
from tests.builders.sandbox import ACCOUNT, a_sandbox, owned


@pytest.fixture
def begun():
    begun = BegunSandbox(a_sandbox([], reaper=True, environment={"NOT": "THIS"}))
    yield begun
    begun._monitor.kill()
    begun._monitor.wait()
    begun._monitor.stdin.close()
    begun._monitor.stdout.close()


@pytest.fixture
def wanted(tmp_path):
    (tmp_path / "data.txt").write_text("seen")
    return a_sandbox(
        [],
        reaper=True,
        mounts=(Mount(owned(tmp_path), Path("/project/data")),),
        environment={"SECRET": "told to nobody outside"},
        workdir=Path("/project/data"),
    )


def test_it_becomes_what_it_would_have_been_if_started_then(begun, wanted):
    with begun.become(wanted) as one, launch(wanted, given=PIPE, output=PIPE) as two:
        for sandbox in (one, two):
            sandbox.wait_until_it_stands()
        assert _seen_of(one.pid) == _seen_of(two.pid)
        inside = Path(f"/proc/{one.pid}/root/project/data/data.txt")
        assert inside.read_text() == "seen"
    assert one.is_dead()


def _seen_of(first: int) -> list[object]:
    """Return what holds the sandbox open is, sees and may do, but for numbers."""
    held = Path(f"/proc/{first}/task/{first}/children").read_text().split()[0]
    process = Path("/proc", held)
    status = dict(
        line.split(":", 1) for line in (process / "status").read_text().splitlines()
    )
    kept = ("Name", "Uid", "Gid", "Groups", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp")
    mounts = [
        (fields[3:6], fields[-3:])
        for fields in map(str.split, (process / "mountinfo").read_text().splitlines())
    ]
    return [
        [status[name] for name in kept],
        mounts,
        (process / "environ").read_bytes(),
        (process / "cmdline").read_bytes(),
        (process / "cwd").readlink(),
        (process / "limits").read_text(),
        [(process / "root" / "etc" / n).read_text() for n in ("passwd", "group")],
    ]


def test_nothing_of_what_it_holds_is_on_its_command_line(begun, wanted):
    with begun.become(wanted):
        shown = Path(f"/proc/{begun.pid}/cmdline").read_text()
    assert "told to nobody" not in shown
    assert "/project/data" not in shown


@pytest.mark.parametrize(
    "other",
    [
        a_sandbox(["/usr/bin/true"], reaper=True),
        pytest.param(
            a_sandbox([], reaper=True, die_with_parent=True),
            marks=pytest.mark.skipif(ACCOUNT is None, reason="there it is no other"),
        ),
    ],
)
def test_another_command_line_is_refused(begun, other):
    with pytest.raises(ValueError, match="not like the one"):
        begun.become(other)


def test_it_runs_nothing_where_whoever_began_it_is_gone(begun):
    assert begun.waits
    os.close(begun._tell)
    assert begun._monitor.wait(30) != 0


def test_one_that_was_killed_says_that_nothing_was_built(begun, wanted):
    os.kill(begun.pid, 9)
    while begun.waits:
        time.sleep(0.01)
    with pytest.raises(HostError, match="could not be built"):
        begun.become(wanted)
