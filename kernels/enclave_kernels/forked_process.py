"""A kernel that came into its sandbox by a fork, as Jupyter sees a process."""

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

from enclave.sandbox.forking import ASKED, ENTERED, PATIENCE


DOOR = "ENCLAVE_KERNEL_DOOR"
"""Number of the socket on which a run asks for a forked kernel; unset for cold ones."""

_LOST = 70  # EX_SOFTWARE
_PAUSE = 0.002  # seconds
_LONGEST_START, _LONGEST_END = 3 * PATIENCE, PATIENCE


class ForkedKernel:
    """What :class:`subprocess.Popen` is to a kernel that was started.

    Its sandbox is built, kept and ended outside, by whoever keeps the door.

    Parameters
    ----------
    door
        The socket on which a fork is asked for.
    """

    stdin = stdout = stderr = None  # Jupyter closes those that are there

    def __init__(self, door: int) -> None:
        self.pid = os.getpid()  # it has no number here
        self.returncode: int | None = None
        self._keeper, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._keeper.settimeout(_LONGEST_START)
        with suppress(OSError):
            with theirs, socket.socket(fileno=os.dup(door)) as place:
                socket.send_fds(place, [ASKED], [theirs.fileno()])
            if self._keeper.recv(4096) == ENTERED:
                self._keeper.setblocking(False)  # noqa: FBT003 - takes no keyword
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

    def fileno(self) -> int:
        """Return a descriptor that can be read when it has ended."""
        return self._keeper.fileno()

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""
        if self.returncode is None:
            with suppress(BlockingIOError):
                self.returncode = self._heard()
        return self.returncode

    def end(self) -> None:
        """Have it ended, with its sandbox."""
        with suppress(OSError):
            self._keeper.shutdown(socket.SHUT_WR)

    def wait(self) -> int:
        """Return when nothing is left of it, and how it ended."""
        self.end()
        with suppress(OSError):  # also where it was waited for before
            self._keeper.settimeout(_LONGEST_END)
            while self._keeper.recv(4096):
                pass
        self._keeper.close()
        return self.returncode or 0

    def _heard(self) -> int:
        try:
            return int(self._keeper.recv(4096))
        except (ConnectionError, ValueError):
            return _LOST  # nobody saw it end
