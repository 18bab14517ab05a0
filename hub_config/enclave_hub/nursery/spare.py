"""A fork of the nursery that waits outside until it is sent into a sandbox."""

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from enclave.errors import HostError
from enclave.sandbox import control_group
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.joining import (
    begin,
    call_itself,
    close_all_but,
    finish,
    leave_at_once,
)


_LARGEST_MESSAGE = 1 << 20
_IT_STANDS = b"go in"


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

    def get_ready(
        self,
        sandbox: int,
        description: Mapping[str, Any],
        group: Path | None,
        handed: tuple[int, ...],
    ) -> None:
        """Have it copy itself among the processes of a sandbox; return at once.

        Parameters
        ----------
        sandbox
            A ``pidfd`` of the sandbox's first process. The rest of it may be missing.
        description
            What the sandbox is built from, as it is written.
        group
            The control group of the workspace, if it has one.
        handed
            What it is to hold inside: where it listens, prints, and reads who it is.
        """
        told = {"description": description, "group": group and str(group)}
        socket.send_fds(self._ours, [json.dumps(told).encode()], [sandbox, *handed])

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
        message, descriptors, _, _ = socket.recv_fds(keeper, _LARGEST_MESSAGE, 4)
        if not message:
            leave_at_once(0)  # the keeper has ended without a workspace
        code = _go_in(keeper, json.loads(message), *descriptors)
    except HostError as error:
        sys.stderr.write(f"{error}\n")
    finally:
        leave_at_once(code)


def _go_in(
    keeper: socket.socket, told: Mapping[str, Any], sandbox: int, *handed: int
) -> int:
    # Nobody else waits for the copy where the sandbox fails, and that may be at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        if told["group"]:
            control_group.join(Path(told["group"]))
        inside = begin(sandbox)
    except HostError as error:
        keeper.send(str(error).encode())
        return error.exit_code
    if inside:
        keeper.send(str(inside).encode())
        _wait_for_the_end_of(keeper)
        return 0
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    description = SandboxDescription.read(told["description"])
    if keeper.recv(16) != _IT_STANDS:
        return 0  # it could not be built
    finish(sandbox, description)
    keeper.close()
    close_all_but(handed)
    call_itself("workspace")
    from enclave_hub.nursery.born import serve  # noqa: PLC0415

    return serve(*handed)


def _wait_for_the_end_of(keeper: socket.socket) -> None:
    """Return when the other end of a socket is closed, without reading from it."""
    ending = select.poll()
    ending.register(keeper, 0)
    ending.poll()
