"""The parent of kernels runs only when it must, and sees nothing of who asks it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE

import psutil
import pytest

from enclave.errors import HostError
from enclave.sandbox import closed_parent, control_group
from enclave.sandbox.accounts import for_project
from enclave.sandbox.beneath import Builder, SandboxBeneath, mount_namespace
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.closed_parent import ClosedParent, LeftBehindError
from enclave.sandbox.description import Limits, Mount, SandboxDescription
from enclave.sandbox.fork_trial import why_not
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.running import held_open
from enclave.sandbox.runtime_mounts import python_runtime
from tests.builders.dask_cluster import wait_for
from tests.builders.forked import needs_root, sandbox_beneath
from tests.security.sandbox.harmful_package import LOOKS, PARENT, STAYS


pytestmark = [pytest.mark.sandbox, needs_root, pytest.mark.timeout(120)]

# Of nobody else, so that what is left of it can be told from what others left.
ACCOUNT = for_project(800_000 + os.getpid() % 90_000)
LURKING, LURKING_LATER, QUIET = (
    PARENT.replace("LURKS", str(loads)).replace("ASKED", str(asked))
    for loads, asked in ((True, False), (False, True), (False, False))
)
KERNEL = SandboxDescription(["/usr/bin/true"], account=ACCOUNT, reaper=True)
FILES = Mount(Path("/project/run"), Path("/project/run"), writable=True)
WITH_FILES = replace(KERNEL, mounts=(FILES,))


def _recipe(program: str) -> Recipe:
    command = (sys.executable, "-P", "-c", program)
    return Recipe(command, ACCOUNT, python_runtime(), {}, Path("/"))


@pytest.fixture
def run(tmp_path) -> Iterator[SandboxProcess]:
    (tmp_path / "secret").write_text("of the run")
    for path in (tmp_path, tmp_path / "secret"):
        os.chown(path, ACCOUNT.uid, ACCOUNT.gid)
    seen = Mount(tmp_path, Path("/project/run"), writable=True)
    room = SandboxDescription(
        ["/usr/bin/true"], mounts=(seen,), account=ACCOUNT, allow_nested=True
    )
    with launch(held_open(room), given=PIPE, output=PIPE) as sandbox:
        sandbox.wait_until_it_stands()
        yield sandbox


@contextmanager
def _forked(parent: ClosedParent, run: SandboxProcess) -> Iterator[SandboxBeneath]:
    assert parent.ready(seconds=60)
    with (
        mount_namespace(run) as files,
        sandbox_beneath(parent, files, KERNEL) as sandbox,
        parent.fork(sandbox.handle, KERNEL, {}),
    ):
        yield sandbox


def _lurking(parent: ClosedParent) -> psutil.Process:
    (lurking,) = psutil.Process(parent._sandbox.pid).children()
    return lurking


def _found(parent: ClosedParent) -> Path:
    return Path(f"/proc/{parent._sandbox.pid}/root/tmp/found")


def test_one_that_leaves_something_running_when_it_loads_is_ended(caplog):
    seen: list[str] = []
    with ClosedParent(_recipe(LURKING), seen.append) as parent:
        assert not parent.ready(seconds=60)
        assert not parent.alive
    assert seen == ["when loaded"]
    assert "left processes behind" in caplog.text
    _nothing_is_left()


def test_one_that_left_something_running_is_ended_before_a_run_is_in_sight(run):
    """Started when it was asked whether it answers."""
    with ClosedParent(_recipe(LURKING_LATER)) as parent:
        parent._loader.join(60)
        assert parent.ready()
        lurking = _lurking(parent)
        with (
            mount_namespace(run) as files,
            pytest.raises(LeftBehindError, match="did not stand still"),
            sandbox_beneath(parent, files, KERNEL),
        ):
            pass
        assert not parent.alive
        assert not lurking.is_running()
    _nothing_is_left()


def test_what_a_fork_leaves_behind_ends_before_anything_is_believed(run, tmp_path):
    """It has the files of the run in sight, and every right in the sandbox."""
    ticks, seen = tmp_path / "ticks", []
    with ClosedParent(_recipe(STAYS), seen.append) as parent:
        assert parent.ready(seconds=60)
        with (
            mount_namespace(run) as files,
            pytest.raises(LeftBehindError, match="counts for nothing"),
            sandbox_beneath(parent, files, WITH_FILES) as sandbox,
            parent.fork(sandbox.handle, WITH_FILES, {}) as fork,
        ):
            assert fork.wait() == 0
            wait_for(ticks.exists)
        assert not parent.alive
        assert seen == ["after a fork"]
        last = ticks.read_text()
    _nothing_is_left()
    assert ticks.read_text() == last


def test_no_two_runs_have_a_parent_at_once(run):
    with ClosedParent(_recipe(QUIET)) as parent:
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
    with ClosedParent(_recipe(QUIET)) as parent, _forked(parent, run):
        itself = psutil.Process(parent._sandbox.pid)
        wait_for(lambda: itself.status() == psutil.STATUS_STOPPED)


def test_it_would_find_what_builds_sandboxes_if_it_ran_beside_it(run, monkeypatch):
    """What is prevented is there to be prevented."""

    def stop(parent: ClosedParent, _seen: str) -> None:
        parent._send_signal(signal.SIGSTOP)

    monkeypatch.setattr(ClosedParent, "_stand_still_alone", stop)
    monkeypatch.setattr(Builder, "_end", lambda _: None)
    with ClosedParent(_recipe(LURKING)) as parent:
        with _forked(parent, run) as sandbox:
            wait_for(_found(parent).exists)
            os.killpg(sandbox._builder.pid, signal.SIGKILL)
            sandbox._builder.wait()
        assert _found(parent).read_text() == "of the run"


def test_no_fork_sees_its_parent_or_the_run(run):
    with ClosedParent(_recipe(QUIET)) as parent, _forked(parent, run) as sandbox:
        first = int(_pid_of(sandbox.handle))
        inside = psutil.Process(first).children(recursive=True)
        for each in (first, *(process.pid for process in inside)):
            for kind in ("pid", "user", "mnt", "net", "ipc"):
                own = Path(f"/proc/{each}/ns/{kind}").readlink()
                for other in (os.getpid(), run.pid, parent._sandbox.pid):
                    assert own != Path(f"/proc/{other}/ns/{kind}").readlink()
        assert not Path(f"/proc/{first}/root/project/run").exists()
    _nothing_is_left()


def test_nobody_in_a_sandbox_holds_a_namespace_open(run, tmp_path):
    """Neither the kernel nor what holds its sandbox open, which it can look at."""
    with ClosedParent(_recipe(LOOKS)) as parent:
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
    with ClosedParent(_recipe(QUIET)) as parent:
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


def test_one_that_never_loads_is_ended(monkeypatch):
    monkeypatch.setattr(closed_parent, "_LONGEST_LOAD", 0.5)
    with ClosedParent(_recipe("while True: pass")) as parent:
        assert not parent.ready(seconds=50)
        assert not parent.alive


def test_one_that_hangs_costs_a_run_its_fork_alone(run, monkeypatch):
    hangs = "import os, time; os.write(0, b'here'); time.sleep(3600)"
    with ClosedParent(_recipe(hangs)) as parent:
        parent._loader.join(60)
        monkeypatch.setattr("enclave.sandbox.warm_parent.PATIENCE", 0.5)
        with (
            mount_namespace(run) as files,
            pytest.raises(HostError, match="did not come into its sandbox"),
            sandbox_beneath(parent, files, KERNEL) as sandbox,
        ):
            parent.fork(sandbox.handle, KERNEL, {})
        wait_for(lambda: not parent.alive)


def test_it_ends_with_whoever_started_it():
    """Even if that is killed, and it would rather not."""
    started = f"""
import time
from pathlib import Path
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Account
from enclave.sandbox.recipe import Recipe
from enclave.sandbox.runtime_mounts import python_runtime
stays = "import os, time; os.write(0, b'here'); os.fork(); time.sleep(3600)"
recipe = Recipe(
    ({sys.executable!r}, "-c", stays),
    Account({ACCOUNT.uid}, {ACCOUNT.gid}), python_runtime(), {{}}, Path("/"),
)
parent = ClosedParent(recipe)
parent._loader.join()
print("loaded", flush=True)
time.sleep(3600)
"""
    with subprocess.Popen([sys.executable, "-c", started], stdout=PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"loaded\n"
        worker.kill()
    wait_for(lambda: not _of_account())


def test_this_machine_can_fork():
    assert why_not() is None


def _nothing_is_left() -> None:
    wait_for(lambda: {each.pid for each in _of_account()} <= _of_runs())


def _of_runs() -> set[int]:
    """Return the sandbox of the run of a test, which is of the account as well."""
    ours = psutil.Process().children(recursive=True)
    return {each.pid for each in ours}


def _of_account() -> list[psutil.Process]:
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.NoSuchProcess):
            if each.uids().real == ACCOUNT.uid:
                found.append(each)
    return found


def _pid_of(handle: int) -> str:
    lines = Path(f"/proc/self/fdinfo/{handle}").read_text().splitlines()
    return next(line.split()[1] for line in lines if line.startswith("Pid:"))
