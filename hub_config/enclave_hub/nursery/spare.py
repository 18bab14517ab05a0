"""A fork of the nursery that waits outside until it is sent into a sandbox."""

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from enclave.errors import HostError
from enclave.sandbox import control_group
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.joining import call_itself, enter, leave_at_once


_LARGEST_MESSAGE = 1 << 20


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

    def send_in(
        self,
        sandbox: int,
        description: Mapping[str, Any],
        group: Path | None,
        handed: tuple[int, ...],
    ) -> int:
        """Send it into a sandbox that stands; return its process number.

        Parameters
        ----------
        sandbox
            A ``pidfd`` of the sandbox's first process.
        description
            What the sandbox was built from, as it is written.
        group
            The control group of the workspace, if it has one.
        handed
            What it is to hold inside: where it listens, prints, and reads who it is.

        Raises
        ------
        HostError
            If it does not get in.
        """
        told = {"description": description, "group": group and str(group)}
        with self._ours as ours:
            socket.send_fds(ours, [json.dumps(told).encode()], [sandbox, *handed])
            said = ours.recv(4096).decode()
        os.waitpid(self._process, 0)
        if not said.isdigit():
            raise HostError(said or "A server did not get into its sandbox.")
        return int(said)


def _wait(place: int) -> NoReturn:
    code = 70  # EX_SOFTWARE
    try:
        # Standard input and output stay: what is handed in must not take their numbers.
        _close_all_but((0, 1, 2, place))
        keeper = socket.socket(fileno=place)
        message, descriptors, _, _ = socket.recv_fds(keeper, _LARGEST_MESSAGE, 4)
        if not message:
            leave_at_once(0)  # the keeper has ended without a workspace
        code = _go_in(keeper, json.loads(message), *descriptors)
    finally:
        leave_at_once(code)


def _go_in(
    keeper: socket.socket, told: Mapping[str, Any], sandbox: int, *handed: int
) -> int:
    description = SandboxDescription.read(told["description"])
    try:
        if told["group"]:
            control_group.join(Path(told["group"]))
        inside = enter(sandbox, description)
    except HostError as error:
        keeper.send(str(error).encode())
        return error.exit_code
    if inside:
        keeper.send(str(inside).encode())
        return 0
    keeper.close()
    _close_all_but(handed)
    call_itself("workspace")
    from enclave_hub.nursery.born import serve  # noqa: PLC0415

    return serve(*handed)


def _close_all_but(kept: tuple[int, ...]) -> None:
    last = -1
    for descriptor in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        if last + 1 < descriptor:  # of 0 to 0, Python 3.11 makes everything
            os.closerange(last + 1, descriptor)
        last = descriptor
