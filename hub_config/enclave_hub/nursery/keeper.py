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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import wait as readable
from pathlib import Path
from subprocess import PIPE

from enclave.errors import EnclaveError, HostError
from enclave.sandbox import accounts, control_group
from enclave.sandbox.begun import BegunSandbox
from enclave.sandbox.bubblewrap import launch, prepare
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.joining import adopt_orphans, call_itself
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.runtime_mounts import python_runtime
from enclave_hub.nursery.spare import Spare


DESCRIPTORS = ("control", "listener", "log", "identity")
"""What the hub hands over: its socket, what the server listens on, where it prints, and
where it reads who it is."""

LARGEST_MESSAGE = 1 << 20

_ENDED_AT_ONCE = 70  # EX_SOFTWARE: before we were its parent, so nobody knows with what

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

    Returns
    -------
    BegunSandbox or None
        None also where we are not root: while it waits, whoever has its account could
        tell it something first, and there that is the account of the enclave.
    """
    with suppress(EnclaveError, OSError):
        prepare(SandboxDescription.read(_ANY_WORKSPACE.write())).close()
        return BegunSandbox(_ANY_WORKSPACE) if os.geteuid() == 0 else None
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
        try:
            code = _kept(hub, spare, begun, (listener, log, identity))
        except EnclaveError as refusal:
            return _refuse(hub, refusal)
        except (OSError, ValueError) as error:
            return _refuse(hub, _refusal(error))
        _say(hub, ended=code)
    return 0


def _kept(
    hub: socket.socket,
    spare: Spare,
    begun: BegunSandbox | None,
    handed: tuple[int, int, int],
) -> int:
    """Build the sandbox, send the server in, and return its exit code."""
    document = hub.recv(LARGEST_MESSAGE)
    spare.learn(document)
    description = SandboxDescription.read(json.loads(document))
    groups = control_group.given()
    adopt_orphans()
    call_itself("keeper")
    with (
        control_group.joined(groups, description.limits) as group,
        _built(begun, description, group, spare) as sandbox,
    ):
        spare.follow(sandbox.handle, handed)
        for descriptor in handed:
            os.close(descriptor)
        sandbox.wait_until_it_stands()
        server = spare.send_in()
        try:
            _say(hub, server=server)
            spare.forget()
            _until_the_end(hub, server)
        finally:
            code = _clear_away(server)
    return code


def _say(hub: socket.socket, **answer: object) -> None:
    with suppress(OSError):  # that it is gone is noticed where we wait for it
        hub.send(json.dumps(answer).encode())


def _refuse(hub: socket.socket, refusal: EnclaveError) -> int:
    _say(hub, refused=str(refusal))
    return refusal.exit_code


def _refusal(error: OSError | ValueError) -> HostError:
    """Say to a person what came between two steps: an end, or Linux refuses."""
    if isinstance(error, ConnectionError | ProcessLookupError):
        return HostError(
            "A process that was to become the workspace had ended, so it was not"
            " opened. Try again; if it fails again, tell the people who run this"
            " enclave."
        )
    why = (error.strerror if isinstance(error, OSError) else None) or error
    return HostError(
        f"The workspace could not be closed off, so it was not opened ({why}). Try"
        " again; if it fails again, tell the people who run this enclave: what this"
        " machine lacks is said by: enclave isolation-report."
    )


def _built(
    begun: BegunSandbox | None,
    description: SandboxDescription,
    group: Path | None,
    spare: Spare,
) -> SandboxProcess:
    """Return the sandbox as soon as it has a process."""
    if group is not None:
        control_group.join(group, spare.pid)
    if begun is None or not begun.waits:
        sandbox = launch(description, given=PIPE, output=PIPE)
    else:
        if group is not None:
            control_group.join(group, begun.pid)
        sandbox = begun.become(description)
    if sandbox.is_dead():
        sandbox.wait_until_it_stands()  # which it never will: that says why
    return sandbox


def _until_the_end(hub: socket.socket, server: int) -> None:
    """Wait until the server has ended, or the hub is gone or out of patience."""
    with suppress(ProcessLookupError), _handle(server) as handle:
        while True:
            ready = readable([hub.fileno(), handle])
            if handle in ready or not _heard(hub):
                return
            signal.pidfd_send_signal(handle, signal.SIGTERM)


@contextmanager
def _handle(process: int) -> Iterator[int]:
    handle = os.pidfd_open(process)
    try:
        yield handle
    finally:
        os.close(handle)


def _heard(hub: socket.socket) -> bytes:
    with suppress(ConnectionError):
        return hub.recv(16)
    return b""


def _clear_away(server: int) -> int:
    """End the server if it has not; return its exit code.

    Before its sandbox is ended: Linux keeps the first process of a namespace until
    somebody has waited for each of the others, and nobody but us can.
    """
    try:
        os.kill(server, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])
    except (ProcessLookupError, ChildProcessError):
        return _ENDED_AT_ONCE
