"""No signal goes to a number whose process was waited for: it may be another's."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from enclave.sandbox.beneath import mount_namespace
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.prepared import end_group
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.running import held_open
from enclave.sandbox.runtime_mounts import python_runtime
from enclave.sandbox.warm_parent import WarmParent
from tests.builders.forked import needs_root
from tests.builders.sandbox import ACCOUNT, a_sandbox


pytestmark = [pytest.mark.sandbox, pytest.mark.timeout(120)]

SERVES = "from enclave.sandbox.forking import *; serve(own_end())"
KERNEL = SandboxDescription(["/usr/bin/true"], account=ACCOUNT, reaper=True)


def _recipe(*command: str) -> Recipe:
    return Recipe(command, ACCOUNT, python_runtime(), {}, Path("/"))


@pytest.fixture
def signalled(monkeypatch) -> list[int]:
    """Which groups were signalled; each must be of a child that nobody waited for."""
    groups: list[int] = []
    killpg = os.killpg

    def look_and_kill(group: int, number: int) -> None:
        # ChildProcessError, once its number was given up.
        os.waitid(os.P_PID, group, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        groups.append(group)
        killpg(group, number)

    monkeypatch.setattr(os, "killpg", look_and_kill)
    return groups


@needs_root
def test_what_built_a_sandbox_is_ended_once(signalled):
    room = a_sandbox(["/usr/bin/true"], allow_nested=True)
    with (
        launch(held_open(room), given=PIPE, output=PIPE) as run,
        ClosedParent(_recipe(sys.executable, "-P", "-c", SERVES)) as parent,
    ):
        run.wait_until_it_stands()
        assert parent.ready(seconds=60)
        with (
            mount_namespace(run) as files,
            parent.builder(KERNEL) as builder,
            parent.sandbox(files, builder),
        ):
            assert signalled == [builder._process.pid]
        assert signalled == [builder._process.pid]


@needs_root
def test_what_never_built_one_is_ended(signalled):
    with ClosedParent(_recipe(sys.executable, "-P", "-c", SERVES)) as parent:
        with parent.builder(KERNEL) as builder:
            assert signalled == []
        assert signalled == [builder._process.pid]
        assert builder._process.returncode is not None


@needs_root
def test_a_parent_has_its_number_until_it_is_closed(signalled):
    with WarmParent(_recipe("/usr/bin/sleep", "3600")) as parent:
        number = parent._process.pid
        parent.kill()
        os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)
        assert not parent.alive
        os.waitid(os.P_PID, number, os.WEXITED | os.WNOWAIT)  # it is still ours
        parent.kill()
    before = [*signalled]
    assert set(before) == {number}
    parent.kill()
    assert not parent.alive
    assert signalled == before


def test_a_group_is_ended_by_its_parent_alone():
    told = {"stdin": PIPE, "stdout": PIPE, "start_new_session": True}
    starts = ["sh", "-c", "setsid sleep 60 & echo $!; read _"]
    with subprocess.Popen(starts, **told) as child:
        grandchild = psutil.Process(int(child.stdout.readline()))
        end_group(grandchild.pid)
        assert grandchild.status() != psutil.STATUS_ZOMBIE
        grandchild.kill()
        end_group(child.pid)
        assert child.wait() == -signal.SIGKILL
    end_group(child.pid)
