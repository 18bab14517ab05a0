"""The keeper of a workspace: builds its sandbox, sends a server in, waits for its end.

It is there before the workspace, and with it all that does not depend on whose it is:
the server that is to be sent in, and the first of the programs that build the sandbox.

A fork of the nursery, outside of the sandbox. It ends the sandbox when the server has
ended and when the hub is gone (their socket closes, whatever ended the hub); and where
the keeper itself is killed, Linux ends the sandbox.
"""

import json
import os
import signal
import socket
from contextlib import suppress
from multiprocessing.connection import wait as readable
from pathlib import Path

from enclave.errors import EnclaveError
from enclave.sandbox import accounts, control_group
from enclave.sandbox.begun import BegunSandbox
from enclave.sandbox.bubblewrap import prepare
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.joining import adopt_orphans, call_itself
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.runtime_mounts import python_runtime
from enclave_hub.nursery.spare import Spare


DESCRIPTORS = ("control", "listener", "log", "identity")
"""What the hub hands over: its socket, what the server listens on, where it prints, and
where it reads who it is."""

LARGEST_MESSAGE = 1 << 20
_ANY_WORKSPACE = SandboxDescription(
    [],
    mounts=python_runtime(),
    account=accounts.for_dashboards(),
    allow_nested=True,
    die_with_parent=True,
    reaper=True,
)


def begin() -> BegunSandbox | None:
    """Begin the sandbox of a workspace that nobody has asked for yet.

    What is shared with the nursery is copied where it is first touched, so it is
    touched while nobody waits. What fails here fails again, and is told then.
    """
    with suppress(EnclaveError, OSError):
        prepare(SandboxDescription.read(_ANY_WORKSPACE.write())).close()
        return BegunSandbox(_ANY_WORKSPACE)
    return None


def keep(
    spare: Spare,
    begun: BegunSandbox | None,
    control: int,
    listener: int,
    log: int,
    identity: int,
) -> int:
    """Keep one workspace; return when nothing is left of it.

    Parameters
    ----------
    spare, begun
        Become its server and its sandbox.
    """
    with socket.socket(fileno=control) as hub:
        document = json.loads(hub.recv(LARGEST_MESSAGE))
        description, groups = SandboxDescription.read(document), control_group.given()
        adopt_orphans()
        call_itself("keeper")
        try:
            with (
                control_group.joined(groups, description.limits) as group,
                _built(begun, description, group, spare) as sandbox,
            ):
                handed = (listener, log, identity)
                spare.follow(sandbox.handle, handed)
                for descriptor in handed:
                    os.close(descriptor)
                sandbox.wait_until_it_stands()
                server = spare.send_in()
                try:
                    with suppress(OSError):  # that the hub is gone is noticed below
                        hub.send(json.dumps({"server": server}).encode())
                    spare.forget()
                    _until_the_end(hub, server)
                finally:
                    code = _clear_away(server)
        except EnclaveError as refusal:
            hub.send(json.dumps({"refused": str(refusal)}).encode())
            return refusal.exit_code
        hub.send(json.dumps({"ended": code}).encode())
    return 0


def _built(
    begun: BegunSandbox | None,
    description: SandboxDescription,
    group: Path | None,
    spare: Spare,
) -> SandboxProcess:
    """Return the sandbox as soon as it has a process; the spare learns about it."""
    spare.learn(description, group)
    if begun is None or not begun.waits:
        begun = BegunSandbox(_ANY_WORKSPACE)
    elif group is not None:
        control_group.join(group, begun.pid)
    sandbox = begun.become(description)
    if sandbox.is_dead():
        sandbox.wait_until_it_stands()  # which it never will: that says why
    return sandbox


def _until_the_end(hub: socket.socket, server: int) -> None:
    """Wait until the server has ended, or the hub is gone or out of patience."""
    handle = os.pidfd_open(server)
    try:
        while True:
            ready = readable([hub.fileno(), handle])
            if handle in ready or not hub.recv(16):
                return
            os.kill(server, signal.SIGTERM)
    finally:
        os.close(handle)


def _clear_away(server: int) -> int:
    """End the server if it has not; return its exit code.

    Before its sandbox is ended: Linux keeps the first process of a namespace until
    somebody has waited for each of the others, and nobody but us can.
    """
    os.kill(server, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])
