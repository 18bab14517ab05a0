"""Inside a warm parent: fork for whoever asks, each fork into a sandbox of its own.

A warm parent has loaded the libraries of a program and knows nothing else. It sees
neither data nor keys nor network, and is from its first moment the account of one
project, without a capability. For each start it forks twice. The first fork enters a
sandbox that bubblewrap built under that account, which Linux lets nobody do but its
owner, and waits there, without a right, for the second; which is inside, gives up what
it brought, and becomes the program.

This module is loaded by the Python of a released kernel, which has none of our
packages: it may import nothing but the standard library and what does no more.
"""

import base64
import json
import os
import random  # noqa: TID251 - not to draw from it: to have forks draw apart
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from enclave.errors import EnclaveError
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.joining import (
    close_all_but,
    enter,
    forgo_rights,
    leave_at_once,
    own_end,
    own_its_memory,
)


LARGEST_MESSAGE = 1 << 18
_MOST_HANDED = 8

QUESTION, _ANSWER = b"?", b"here"
ASKED, ENTERED = b"fork", b"entered"

# Seconds for a warm parent to take a message and to answer it, or to end once nobody
# asks.
PATIENCE = 10.0


@dataclass(frozen=True)
class Born:
    """What a fork is told once it is inside.

    Attributes
    ----------
    told
        By whoever asked for it.
    handed
        The descriptors that it holds beside 0, 1 and 2.
    """

    told: Any
    handed: tuple[int, ...]


def serve(client: socket.socket) -> Born | None:
    """Fork for each message; return in each fork, and here when the asker is gone.

    Parameters
    ----------
    client
        Our end of the socket of whoever started us.
    """
    # Linux clears away forks that nobody waits for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with client, suppress(ConnectionError):
        client.send(_ANSWER)
        while True:
            message, given, _, _ = socket.recv_fds(
                client, LARGEST_MESSAGE, _MOST_HANDED
            )
            if not message:
                return None
            if message == QUESTION:
                client.send(_ANSWER)
                continue
            if os.fork() == 0:
                client.detach()  # closed with all others
                return _enter(json.loads(message), *given)
            for descriptor in given:
                os.close(descriptor)
    return None


def _enter(asked: dict[str, Any], reply: int, sandbox: int, *handed: int) -> Born:
    """Return inside the sandbox; the process outside of it ends with that one."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # ignored, it would hide the end
    description = SandboxDescription.read(asked["description"])
    try:
        programs = [base64.b64decode(program) for program in asked["filters"]]
        inside = enter(sandbox, description, programs)
    except (EnclaveError, OSError) as error:
        os.write(reply, str(error).encode())
        leave_at_once(70)  # EX_SOFTWARE
    if inside:
        _wait_for(inside, reply)
    os.write(reply, ENTERED)
    _be_a_program(handed)
    return Born(asked["told"], handed)


def _wait_for(inside: int, reply: int) -> None:
    """Wait for the one inside, and say how it ended.

    Nobody else can: Linux keeps the first process of a sandbox until somebody has
    waited for each of the others.
    """
    forgo_rights()
    close_all_but((reply,))
    code = os.waitstatus_to_exitcode(os.waitpid(inside, 0)[1])
    with suppress(OSError):
        os.write(reply, str(code).encode())
    leave_at_once(0)


def _be_a_program(handed: tuple[int, ...]) -> None:
    close_all_but(handed)
    empty, nobody = os.pipe()  # 0, and one that is closed: nothing comes
    os.close(nobody)
    for _ in (1, 2):
        os.open(os.devnull, os.O_RDWR)
    if empty != 0:
        raise RuntimeError("descriptor 0 was not free")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    own_its_memory()
    random.seed()


if __name__ == "__main__":
    serve(own_end())  # of forks that end at once
