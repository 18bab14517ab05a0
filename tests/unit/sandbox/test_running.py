"""Starting, waiting, ending."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE

import pytest

from enclave.errors import HostError
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import MEBIBYTE, Limits, Mount
from enclave.sandbox.running import run
from tests.builders.sandbox import a_sandbox, run_shell


pytestmark = pytest.mark.sandbox

FOREVER = "sleep 600 & (setsid sleep 600 &) ; trap '' TERM HUP INT; sleep 600"


@pytest.mark.parametrize("code", [0, 1, 42])
def test_the_exit_code_comes_through(code):
    assert run_shell(f"exit {code}").exit_code == code


def test_a_death_by_signal_is_told_as_shells_do():
    assert run_shell("sleep 5 & kill -9 $!; wait $!").exit_code == 128 + 9


def test_a_program_that_is_missing_is_told():
    outcome = run(a_sandbox(["/usr/bin/no-such-program"]))

    assert outcome.exit_code == 127
    assert "no-such-program" in outcome.output


def test_a_mount_that_is_missing_is_an_error_of_the_host():
    missing = Mount(Path("/nowhere/at/all"), Path("/data"))

    with pytest.raises(HostError, match="/nowhere/at/all"):
        run(a_sandbox(["/bin/true"], mounts=(missing,)))


def test_lines_are_told_as_they_come():
    told = []
    run(a_sandbox(["/bin/sh", "-c", "echo a; echo b >&2"]), watch=told.append)

    assert sorted(told) == ["a\n", "b\n"]


def test_output_without_end_is_read_and_not_kept():
    outcome = run_shell("head -c 3000000 /dev/zero | tr '\\0' x; echo end")

    assert len(outcome.output) == MEBIBYTE
    assert outcome.exit_code == 0


def test_time_that_is_over_ends_everything():
    began = time.monotonic()

    outcome = run_shell(FOREVER, limits=Limits(wall_seconds=0.5))

    assert outcome.timed_out
    assert outcome.exit_code == 128 + signal.SIGKILL
    assert time.monotonic() - began < 10


def test_killing_leaves_no_orphan():
    with launch(a_sandbox(["/bin/sh", "-c", FOREVER])) as sandbox:
        namespace = str(Path(f"/proc/{sandbox.pid}/ns/pid").readlink())
        _until(lambda: len(_members(namespace)) >= 4)

        sandbox.kill()

        assert _members(namespace) == []


def test_leaving_the_block_ends_the_sandbox():
    with launch(a_sandbox(["/bin/sleep", "600"])) as sandbox:
        namespace = str(Path(f"/proc/{sandbox.pid}/ns/pid").readlink())
        assert _members(namespace)

    assert _members(namespace) == []


def test_waiting_can_be_limited():
    with (
        launch(a_sandbox(["/bin/sleep", "600"])) as sandbox,
        pytest.raises(subprocess.TimeoutExpired),
    ):
        sandbox.wait(timeout=0.1)


def test_a_descriptor_can_be_handed_in_and_no_other_is():
    reader, writer = os.pipe2(os.O_NONBLOCK)
    script = f"echo through >&{writer}; ls /proc/self/fd"

    outcome = run(a_sandbox(["/bin/bash", "-c", script], pass_fds=(writer,)))

    assert os.read(reader, 100) == b"through\n"
    assert set(map(int, outcome.output.split())) - {0, 1, 2, writer} == {3}  # ls's own
    os.close(reader)
    os.close(writer)


def test_a_reaper_clears_away_orphans():
    script = "(true &); sleep 0.3; ps -eo stat | grep -c Z; cat /proc/1/comm"

    assert run_shell(script, reaper=True).output.split() == ["0", "bwrap"]


def test_the_sandbox_ends_with_its_starter_even_after_kill_9(tmp_path):
    starter = subprocess.Popen([sys.executable, "-c", _STARTER, str(tmp_path / "pid")])
    _until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    pid = int((tmp_path / "pid").read_text())
    began = _birth(pid)
    assert began is not None
    # Before it runs the program, bubblewrap may not have asked to end with us yet.
    _until(lambda: (Path("/proc") / str(pid) / "comm").read_text() == "sleep\n")

    starter.kill()
    starter.wait()

    _until(lambda: _birth(pid) != began)


_STARTER = """
import sys
from pathlib import Path
from enclave.sandbox.bubblewrap import launch
from tests.builders.sandbox import a_sandbox

sandbox = launch(a_sandbox(["/bin/sleep", "600"], die_with_parent=True))
Path(sys.argv[1]).write_text(str(sandbox.pid))
sandbox.wait()
"""


def _members(namespace: str) -> list[int]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            inside = str((folder / "ns" / "pid").readlink()) == namespace
        except OSError:
            continue
        if inside and _birth(int(folder.name)):
            found.append(int(folder.name))
    return found


def _until(condition, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def _birth(pid: int) -> int | None:
    """Return when a process began, in ticks since boot; None if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in brackets may hold anything; the fields are counted after it.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else int(fields[18])


def test_a_process_with_thousands_of_open_files_waits_for_its_sandboxes():
    with ExitStack() as files:
        for _ in range(1100):
            files.enter_context(Path(os.devnull).open())
        with launch(a_sandbox(["/bin/cat"]), given=PIPE, output=PIPE) as sandbox:
            sandbox.wait_until_it_stands()
            assert not sandbox.is_dead()
            sandbox.kill()
            assert sandbox.is_dead()
