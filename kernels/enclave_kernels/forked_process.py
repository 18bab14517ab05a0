"""A kernel that came into its sandbox by a fork, as Jupyter sees a process."""

import json
import os
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from enclave.sandbox.forking import ENTERED, PATIENCE
from enclave.sandbox.process import echo_from_inside


DOOR = "ENCLAVE_KERNEL_DOOR"
"""Number of the socket on which a run asks for a forked kernel; unset for cold ones."""

_LOST = 70  # EX_SOFTWARE
_PAUSE = 0.002  # seconds


class ForkedKernel:
    """What :class:`subprocess.Popen` is to a kernel that was started.

    Parameters
    ----------
    command, pass_fds
        Of the bubblewrap that builds and keeps the sandbox.
    """

    stdin = stdout = stderr = None  # Jupyter closes those that are there

    def __init__(self, command: list[str], pass_fds: Sequence[int]) -> None:
        self._monitor = subprocess.Popen(
            command,
            env={},
            pass_fds=pass_fds,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        self.pid = self._monitor.pid
        self._reply: socket.socket | None = None
        self.returncode: int | None = None

    def enter(self, door: int, sandbox: int, connection: str) -> None:
        """Ask for a fork once its sandbox stands; return when it is inside, or lost.

        Parameters
        ----------
        door
            The socket on which a fork is asked for.
        sandbox
            A ``pidfd`` of the sandbox's first process.
        connection
            Path of the file that names the kernel's sockets.
        """
        echo_from_inside(self._monitor)
        self._reply, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asked = json.dumps({"connection": connection}).encode()
        with theirs, socket.socket(fileno=os.dup(door)) as door_socket:
            socket.send_fds(door_socket, [asked], [theirs.fileno(), sandbox])
        self._reply.settimeout(PATIENCE)
        with suppress(OSError):
            if self._reply.recv(4096) == ENTERED:
                self._reply.setblocking(False)  # noqa: FBT003 - takes no keyword
                return
        self.returncode = _LOST

    def wait_for(self, sockets: Sequence[Path]) -> None:
        """Return when its sockets are there, or it has ended.

        Whoever connects too early is told no, and tries again only after 0.1 seconds.
        """
        deadline = monotonic() + PATIENCE
        while (
            not all(socket.exists() for socket in sockets)
            and self.poll() is None
            and monotonic() < deadline
        ):
            sleep(_PAUSE)

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        if self.returncode is None and self._reply is not None:
            with suppress(BlockingIOError):
                self.returncode = self._heard(self._reply)
        return self.returncode

    def wait(self) -> int:
        """Clear away what held its sandbox open; the sandbox ends with that."""
        for pipe in (self._monitor.stdin, self._monitor.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._monitor.wait()
        if self._reply is not None:
            self._reply.close()
        return self.returncode or 0

    def _heard(self, reply: socket.socket) -> int:
        try:
            return int(reply.recv(4096))
        except (ConnectionError, ValueError):
            return _LOST  # nobody saw it end
