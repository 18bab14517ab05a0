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
import sys
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

BROKEN = 70  # EX_SOFTWARE
"""The exit code of a server whose own nobody knows."""

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
    with socket.socket(fileno=control) as connection:
        hub = _Hub(connection)
        try:
            code = _kept(hub, spare, begun, (listener, log, identity))
        except (EnclaveError, OSError, ValueError) as error:
            return hub.hear_of(error)
        hub.say(ended=code)
    return 0


class _Hub:
    """The hub: what it was told last says how it is told of an error."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._has_a_server = False

    def announce(self, server: int) -> None:
        """Say that the server runs: from now on nobody listens to a refusal."""
        self._has_a_server = True
        self.say(server=server)

    def say(self, **answer: object) -> None:
        """Say something."""
        with suppress(OSError):  # that it is gone is noticed where we wait for it
            self.connection.send(json.dumps(answer).encode())

    def hear_of(self, error: EnclaveError | OSError | ValueError) -> int:
        """Say what came of an error, and return our own exit code."""
        refusal = error if isinstance(error, EnclaveError) else _refusal(error)
        if not self._has_a_server:
            self.say(refused=str(refusal))
            return refusal.exit_code
        # What another library says may hold anything; which error it was, does not.
        said = error if isinstance(error, EnclaveError) else _name(error)
        sys.stderr.write(f"a workspace was ended by an error: {said}\n")
        self.say(ended=BROKEN)
        return BROKEN


def _kept(
    hub: _Hub,
    spare: Spare,
    begun: BegunSandbox | None,
    handed: tuple[int, int, int],
) -> int:
    """Build the sandbox, send the server in, and return its exit code."""
    document = hub.connection.recv(LARGEST_MESSAGE)
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
            hub.announce(server)
            spare.forget()
            _until_the_end(hub.connection, server)
        finally:
            code = _clear_away(server)
    return code


def _name(error: OSError | ValueError) -> str:
    why = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__} ({why})" if why else type(error).__name__


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
    if not _is_ours(server):
        return
    with _handle(server) as handle:
        while True:
            ready = readable([hub.fileno(), handle])
            if handle in ready or not _heard(hub):
                return
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGTERM)


def _is_ours(server: int) -> bool:
    """Tell whether a server is our child, which has this number till we wait for it.

    Where it had ended before it was, its number may be another's.
    """
    try:
        os.waitid(os.P_PID, server, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


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
    if not _is_ours(server):
        return BROKEN
    os.kill(server, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])
