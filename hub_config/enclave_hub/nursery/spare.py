"""A fork of the nursery that waits outside until it is sent into a sandbox."""

import json
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from enclave.errors import HostError
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.joining import (
    begin,
    call_itself,
    close_all_but,
    finish,
    leave_at_once,
)
from enclave_hub.nursery.born import serve


_LARGEST_MESSAGE = 1 << 20
_FOLLOW, _IT_STANDS = b"follow", b"go in"


class Spare:
    """The server of a workspace that nobody has asked for yet.

    Forked ahead, it knows nothing, and holds nothing but the socket on which it waits.
    """

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = os.fork()
            if self._process == 0:
                _wait(theirs.detach())

    @property
    def pid(self) -> int:
        """Its process number, until it has sent its copy in."""
        return self._process

    def learn(self, document: bytes) -> None:
        """Tell it about the sandbox that is being built for it.

        Parameters
        ----------
        document
            What :meth:`SandboxDescription.write` returned, as JSON.
        """
        self._ours.send(document)

    def follow(self, sandbox: int, handed: tuple[int, ...]) -> None:
        """Have it copy itself among the processes of that sandbox; return at once.

        Parameters
        ----------
        sandbox
            A ``pidfd`` of the sandbox's first process. The rest of it may be missing.
        handed
            What it is to hold inside: where it listens, prints, and reads who it is.
        """
        socket.send_fds(self._ours, [_FOLLOW], [sandbox, *handed])

    def send_in(self) -> int:
        """Send the copy into the sandbox, which stands; return its process number.

        Raises
        ------
        HostError
            If it does not get in.
        """
        said = self._ours.recv(4096).decode()
        if not said.isdigit():
            raise HostError(said or "A server did not get into its sandbox.")
        self._ours.send(_IT_STANDS)
        return int(said)

    def forget(self) -> None:
        """End what was copied, so that we are the parent of the copy."""
        self._ours.close()
        os.waitpid(self._process, 0)


def _wait(place: int) -> NoReturn:
    code = 70  # EX_SOFTWARE
    try:
        # Standard input and output stay: what is handed in must not take their numbers.
        close_all_but((0, 1, 2, place))
        keeper = socket.socket(fileno=place)
        document = keeper.recv(_LARGEST_MESSAGE)
        if not document:
            leave_at_once(0)  # the keeper has ended without a workspace
        code = _go_in(keeper, SandboxDescription.read(json.loads(document)))
    except HostError as error:
        sys.stderr.write(f"{error}\n")
    finally:
        leave_at_once(code)


def _go_in(keeper: socket.socket, description: SandboxDescription) -> int:
    message, descriptors, _, _ = socket.recv_fds(keeper, len(_FOLLOW), 4)
    if not message:
        return 0  # it could not be built
    sandbox, *handed = descriptors
    # Nobody else waits for the copy where the sandbox fails, and that may be at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        inside = begin(sandbox)
    except HostError as error:
        keeper.send(str(error).encode())
        return error.exit_code
    if inside:
        keeper.send(str(inside).encode())
        _wait_for_the_end_of(keeper)
        return 0
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if keeper.recv(16) != _IT_STANDS:
        return 0  # it could not be built
    finish(sandbox, description)
    keeper.close()
    close_all_but(tuple(handed))
    call_itself("workspace")
    return serve(*handed)


def _wait_for_the_end_of(keeper: socket.socket) -> None:
    """Return when the other end of a socket is closed, without reading from it."""
    ending = select.poll()
    ending.register(keeper, 0)
    ending.poll()
