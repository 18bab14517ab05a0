"""The keeper of a workspace: builds its sandbox, sends a server in, waits for its end.

A fork of the nursery, outside of the sandbox. It ends the sandbox when the server has
ended and when the hub is gone (their socket closes, whatever ended the hub); and where
the keeper itself is killed, Linux ends the sandbox.
"""

import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from multiprocessing.connection import wait as readable
from subprocess import PIPE

from enclave.errors import EnclaveError
from enclave.sandbox import accounts, control_group
from enclave.sandbox.bubblewrap import launch, prepare
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.joining import adopt_orphans, call_itself
from enclave.sandbox.runtime_mounts import python_runtime
from enclave_hub.nursery.spare import Spare


DESCRIPTORS = ("control", "listener", "log", "identity")
"""What the hub hands over: its socket, what the server listens on, where it prints, and
where it reads who it is."""

LARGEST_MESSAGE = 1 << 20
_REHEARSAL = SandboxDescription(
    ["/usr/bin/true"],
    mounts=python_runtime(),
    account=accounts.for_dashboards(),
    allow_nested=True,
)


def keep(spare: Spare, control: int, listener: int, log: int, identity: int) -> int:
    """Keep one workspace; return when nothing is left of it.

    Parameters
    ----------
    spare
        Becomes its server.
    """
    with socket.socket(fileno=control) as hub:
        document = json.loads(hub.recv(LARGEST_MESSAGE))
        description, groups = SandboxDescription.read(document), control_group.given()
        adopt_orphans()
        call_itself("keeper")
        try:
            with (
                control_group.joined(groups, description.limits) as group,
                launch(description, given=PIPE, output=PIPE) as sandbox,
            ):
                if sandbox.is_dead():
                    sandbox.wait_until_it_stands()  # which it never will: that says why
                handed = (listener, log, identity)
                spare.get_ready(sandbox.handle, document, group, handed)
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


def rehearse() -> None:
    """Lay out a sandbox that nobody starts, and start a program that does nothing.

    What is shared with the nursery is copied where it is first touched, so it is
    touched while nobody waits. What fails here fails again, and is told then.
    """
    with suppress(EnclaveError, OSError):
        prepare(SandboxDescription.read(_REHEARSAL.write())).close()
        subprocess.run(_REHEARSAL.command, env={}, stdin=PIPE, stdout=PIPE, check=False)


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
