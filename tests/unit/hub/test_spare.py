"""What waits to become the server of a workspace."""

import json
import os
import signal
import socket
import time
from pathlib import Path
from subprocess import PIPE

import pytest

from enclave.errors import HostError
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import SandboxDescription
from enclave_hub.nursery import spare as nursery_spare
from enclave_hub.nursery.server import _wish
from enclave_hub.nursery.spare import Spare
from tests.builders.sandbox import a_sandbox


@pytest.fixture
def ourselves():
    """A handle of this process: Linux lets nobody enter where they are."""
    handle = os.pidfd_open(os.getpid())
    yield handle
    os.close(handle)


def test_what_linux_refuses_is_said(ourselves):
    spare = _that_knows(a_sandbox([]))

    spare.follow(ourselves, ())

    with pytest.raises(HostError, match="did not let a server join the sandbox"):
        spare.send_in()
    spare.forget()


def test_a_sandbox_that_never_stands_takes_the_copy_with_it():
    description = a_sandbox([])
    spare = _that_knows(description)
    with launch(description, given=PIPE) as sandbox:
        spare.follow(sandbox.handle, ())
        copy = int(spare._ours.recv(64))
        assert Path(f"/proc/{copy}").exists()

    assert not Path(f"/proc/{copy}").exists()
    spare.forget()


def test_a_copy_that_is_killed_at_once_leaves_no_trace(monkeypatch, ourselves):
    def begin(_sandbox: int) -> int:
        copy = os.fork()
        if copy == 0:
            os._exit(0)
        _wait_until(lambda: not Path(f"/proc/{copy}").exists())
        return copy

    monkeypatch.setattr(nursery_spare, "begin", begin)
    spare = _that_knows(a_sandbox([]))
    spare.follow(ourselves, ())

    assert spare.send_in() > 0  # so nothing was left that somebody must wait for
    spare.forget()


def test_the_server_hears_of_its_own_children():
    description = a_sandbox([])
    spare = _that_knows(description)
    with launch(description, given=PIPE, output=PIPE) as sandbox:
        spare.follow(sandbox.handle, ())
        copy = int(spare._ours.recv(64))
        assert _ignores(spare._process, signal.SIGCHLD)
        _wait_until(lambda: not _ignores(copy, signal.SIGCHLD))
    spare.forget()


def _ignores(process: int, number: int) -> bool:
    status = Path(f"/proc/{process}/status").read_text()
    line = next(row for row in status.splitlines() if row.startswith("SigIgn:"))
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)


def test_a_hub_that_is_gone_wishes_for_nothing():
    hub, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.send(b"never read")
    hub.close()  # now Linux says that the connection was reset

    with ours:
        assert _wish(ours) == (b"", [])


def test_it_holds_nothing_but_where_it_waits(tmp_path):
    with (tmp_path / "of-somebody").open("w") as file:
        spare = Spare()
        assert file.fileno() > 2
    held = Path(f"/proc/{spare._process}/fd")
    _wait_until(lambda: len(list(held.iterdir())) <= 4)

    shown = [str(one.readlink()) for one in held.iterdir()]
    assert str(tmp_path / "of-somebody") not in shown
    assert sum(one.startswith("socket:") for one in shown) >= 1
    spare._ours.close()
    assert os.waitpid(spare._process, 0)[1] == 0


def _that_knows(description: SandboxDescription) -> Spare:
    spare = Spare()
    spare.learn(json.dumps(description.write()).encode())
    return spare


def _wait_until(condition):
    for _ in range(500):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("nothing happened")
