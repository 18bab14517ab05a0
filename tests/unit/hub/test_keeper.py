"""What a keeper tells the hub where it comes to nothing."""

import asyncio
import dataclasses
import errno
import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE
from typing import Any

import psutil
import pytest

from enclave.errors import HostError
from enclave.sandbox import control_group, programs
from enclave.sandbox.begun import BegunSandbox
from enclave.sandbox.description import SandboxDescription
from enclave_hub.danish import in_danish
from enclave_hub.nursery import keeper as nursery_keeper
from enclave_hub.nursery.client import NurseryServer
from enclave_hub.nursery.keeper import _clear_away, _until_the_end, begin, keep
from enclave_hub.nursery.spare import Spare
from tests.builders.sandbox import a_sandbox


# The place of bubblewrap, where a machine refuses it: what it says, and its first
# process, which is gone before anybody could look.
_REFUSED = """#!/bin/sh
echo "bwrap: Can't mount proc on /newroot/proc: Operation not permitted"
while [ "$1" != --json-status-fd ]; do shift; done
true &
wait
echo "{ \\"child-pid\\": $! }" > /proc/self/fd/$2
exit 1
"""


def test_bubblewraps_own_reason_is_told(tmp_path, monkeypatch):
    bubblewrap = tmp_path / "bwrap"
    bubblewrap.write_text(_REFUSED)
    bubblewrap.chmod(0o755)
    monkeypatch.setattr(programs, "_FOLDERS", f"{tmp_path}:{programs._FOLDERS}")

    told, code = _kept(_a_workspace())

    assert "could not be built" in told["refused"]
    assert "Can't mount proc" in told["refused"]
    assert code > 0


@pytest.mark.parametrize("begun", ["waiting", "killed", "none"])
def test_a_sandbox_is_built_whatever_became_of_the_one_that_was_begun(begun):
    def what_is_begun() -> BegunSandbox | None:
        if begun == "none":
            return None
        sandbox = begin()
        while begun == "killed" and sandbox is not None and sandbox.waits:
            os.kill(sandbox.pid, signal.SIGKILL)
        return sandbox

    told, code = _kept(_a_workspace(), begun=what_is_begun)

    assert "server" in told
    assert code == 0


def test_a_spare_that_was_killed_is_a_refusal():
    told, code = _kept(_a_workspace(), spare=_killed)

    assert "had ended, so it was not opened. Try again" in told["refused"]
    assert in_danish(told["refused"]) != told["refused"]
    assert code == HostError.exit_code


def test_what_cannot_be_told_to_bubblewrap_is_a_refusal():
    told, code = _kept(_a_workspace(environment={"NAME": "a\0b"}))

    assert "closed off, so it was not opened (a path or a variable" in told["refused"]
    assert "Try again" in told["refused"]
    assert in_danish(told["refused"]) != told["refused"]
    assert code == HostError.exit_code


def test_a_group_that_cannot_be_joined_is_a_refusal(tmp_path, monkeypatch):
    (tmp_path / "keepers" / "cgroup.procs").mkdir(parents=True)
    monkeypatch.setattr(control_group, "given", lambda: tmp_path)
    monkeypatch.setattr(control_group, "make", lambda *_: tmp_path / "keepers")

    told, code = _kept(_a_workspace())

    assert "(Is a directory)" in told["refused"]
    assert code == HostError.exit_code


def test_what_waited_is_put_into_the_group_before_it_is_told(tmp_path, monkeypatch):
    joined = tmp_path / "joined"
    monkeypatch.setattr(control_group, "given", lambda: tmp_path)
    monkeypatch.setattr(control_group, "make", lambda *_: tmp_path)
    monkeypatch.setattr(
        control_group,
        "join",
        lambda _, process=0: joined.open("a").write(_program(process) + "\n"),
    )

    _kept(_a_workspace(environment={"NAME": "a\0b"}))

    spare, begun = _program(os.getpid()), ["bwrap"] * (os.geteuid() == 0)
    assert joined.read_text().split() == ["itself", spare, *begun]


def test_a_hub_that_is_gone_is_told_nothing():
    _, code = _kept(_a_workspace(environment={"NAME": "a\0b"}), hub_stays=False)

    assert code == HostError.exit_code


def test_a_server_that_has_ended_is_not_waited_for():
    server = os.fork()
    if server == 0:
        os._exit(0)
    os.waitpid(server, 0)
    hub, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    with hub, ours:
        _until_the_end(ours, server)
    assert _clear_away(server) == 70


def test_a_hub_that_breaks_off_is_gone():
    hub, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.send(b"never read")
    hub.close()  # now Linux says that the connection was reset
    server = os.fork()
    if server == 0:
        signal.pause()

    with ours:
        _until_the_end(ours, server)
    assert _clear_away(server) == -signal.SIGKILL


def test_nobody_elses_process_is_ended_for_a_server():
    """Its number is another's, if it ended before the keeper was its parent."""
    hub, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with subprocess.Popen(
        ["sh", "-c", "sleep 60 & echo $!; read _"], stdin=PIPE, stdout=PIPE
    ) as other:
        number = int(other.stdout.readline())
        with hub, ours:
            hub.send(b"stop")
            _until_the_end(ours, number)
        assert _clear_away(number) == 70
        assert psutil.Process(number).status() != psutil.STATUS_ZOMBIE
        os.kill(number, signal.SIGKILL)  # its parent has not waited for it
        other.stdin.close()


def test_an_error_of_a_workspace_that_runs_is_its_end(monkeypatch, capfd):
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left", "/a/place")

    monkeypatch.setattr(nursery_keeper, "_until_the_end", fail)

    told, code = _kept(_a_workspace())

    assert "server" in told
    assert "refused" not in told
    assert told["ended"] == code == 70
    logged = capfd.readouterr().err
    assert "ended by an error: OSError (No space left)" in logged
    assert "/a/place" not in logged


def test_a_keeper_that_is_killed_is_no_good_end():
    async def ended() -> int:
        hub, keeper = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        hub.setblocking(False)  # noqa: FBT003 - takes no keyword
        with hub, keeper:
            server = NurseryServer(hub)
            keeper.send(json.dumps({"server": 1}).encode())
            await server.enter(_a_workspace())
            keeper.close()
            return await server.wait()

    assert asyncio.run(ended()) == 70


def test_nothing_is_begun_where_the_account_is_the_enclaves(monkeypatch):
    anybodys = dataclasses.replace(nursery_keeper._ANY_WORKSPACE, account=None)
    monkeypatch.setattr(nursery_keeper, "_ANY_WORKSPACE", anybodys)
    other = os.fork()
    if other == 0:
        code = 70
        try:
            if os.geteuid() == 0:
                os.setresgid(999_001, 999_001, 999_001)
                os.setresuid(999_001, 999_001, 999_001)
            code = 0 if begin() is None else 1
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(other, 0)[1]) == 0


def _a_workspace(**other) -> SandboxDescription:
    return a_sandbox([], allow_nested=True, die_with_parent=True, reaper=True, **other)


def _program(process: int) -> str:
    return Path(f"/proc/{process}/exe").readlink().name if process else "itself"


def _killed() -> Spare:
    spare = Spare()
    os.kill(spare.pid, signal.SIGKILL)
    os.waitid(os.P_PID, spare.pid, os.WEXITED | os.WNOWAIT)
    return spare


def _kept(
    workspace: SandboxDescription,
    *,
    spare: Callable[[], Spare] = Spare,
    begun: Callable[[], BegunSandbox | None] = begin,
    hub_stays: bool = True,
) -> tuple[dict[str, Any], int]:
    """Keep in a process of its own, as a keeper is one.

    Returns
    -------
    tuple
        What the hub was told, and how the keeper ended.
    """
    hub, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    hub.send(json.dumps(workspace.write()).encode())
    if not hub_stays:
        hub.shutdown(socket.SHUT_RD)
    keeper = os.fork()
    if keeper == 0:
        code = 70
        try:
            nothing = [os.open(os.devnull, os.O_RDWR) for _ in range(3)]
            code = keep(spare(), begun(), control.detach(), *nothing)
        finally:
            os._exit(code)
    control.close()
    code = os.waitstatus_to_exitcode(os.waitpid(keeper, 0)[1])
    told: dict[str, Any] = {}
    with hub:
        while said := hub.recv(4096):
            told |= json.loads(said)
    return told, code
