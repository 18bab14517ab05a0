"""What a keeper tells the hub where it comes to nothing."""

import json
import os
import socket

from enclave.sandbox import programs
from enclave.sandbox.description import SandboxDescription
from enclave_hub.nursery.keeper import begin, keep
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
    hub, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    hub.send(json.dumps(_a_workspace().write()).encode())

    code = _kept_apart(ours)

    refused = json.loads(hub.recv(4096))["refused"]
    assert "could not be built" in refused
    assert "Can't mount proc" in refused
    assert code > 0
    hub.close()


def _a_workspace() -> SandboxDescription:
    return a_sandbox([], allow_nested=True, die_with_parent=True, reaper=True)


def _kept_apart(control: socket.socket) -> int:
    """Keep in a process of its own, as a keeper is one; return how it ended."""
    keeper = os.fork()
    if keeper == 0:
        code = 70
        try:
            nothing = [os.open(os.devnull, os.O_RDWR) for _ in range(3)]
            code = keep(Spare(), begin(), control.detach(), *nothing)
        finally:
            os._exit(code)
    control.close()
    return os.waitstatus_to_exitcode(os.waitpid(keeper, 0)[1])
