"""A sandbox laid out and ready to start."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from enclave.errors import HostError


_LONGEST_WORD = 4096  # bytes that bubblewrap says at once, and at its end


class UntrueError(HostError):
    """What builds a sandbox named a process that is not its own."""


class FirstProcess(NamedTuple):
    """The first process of a sandbox: it ends when the sandbox does, and ends it.

    Attributes
    ----------
    pid
        Its number, as seen from outside.
    handle
        A ``pidfd`` of it; -1 where it has ended at once.
    """

    pid: int
    handle: int


@dataclass
class Prepared:
    """A sandbox for whoever starts processes their own way.

    Start ``argv`` with exactly the environment ``env`` and the descriptors
    ``pass_fds``, then call :meth:`first` (it blocks for some milliseconds: give it
    to a thread where an event loop runs). To give up before the start, call
    :meth:`close`.

    Attributes
    ----------
    argv
        The command line. Options and environment are not in it.
    pass_fds
        What the process must inherit.
    env
        Empty: what the command is to see travels by descriptor.
    uid
        Of the account that it will be.
    """

    argv: list[str]
    pass_fds: tuple[int, ...]
    status: int
    handed: list[int]
    uid: int
    env: dict[str, str] = field(default_factory=dict)

    def first(self, monitor: int) -> FirstProcess:
        """Return the sandbox's first process, once it exists.

        Who it is, a process says that is the project's account, as whoever has that
        account could in its place. So it is believed only about a process of that
        account, and below the one that was started.

        Parameters
        ----------
        monitor
            The process that was started, in a session of its own.

        Raises
        ------
        HostError
            If the sandbox could not be built (what was printed says why).
        UntrueError
            If another process was named: :func:`end_group` what was started.
        """
        self._close_handed()
        with os.fdopen(self.status, "rb", buffering=0, closefd=False) as status:
            line = status.readline(_LONGEST_WORD)
        if not line:
            self.close()
            raise HostError(
                "The sandbox could not be built, and nothing is run without one."
                " What this machine lacks is said by: enclave isolation-report."
            )
        try:
            return _named(line, monitor, self.uid)
        except HostError:
            self.close()
            raise

    def exit_code(self) -> int | None:
        """Wait for the end; return the command's exit code.

        Returns
        -------
        int or None
            128 + signal where it was killed; None if it never began, because
            something that was to be mounted is not there or may not be read.
        """
        with os.fdopen(self.status, "rb") as status:
            lines = status.read(_LONGEST_WORD).splitlines()
        self.status = -1
        return _number(lines[-1], "exit-code") if lines else None

    def close(self) -> None:
        """Close every descriptor that was opened for the start."""
        self._close_handed()
        if self.status >= 0:
            os.close(self.status)
            self.status = -1

    def _close_handed(self) -> None:
        while self.handed:
            os.close(self.handed.pop())


def end_group(leader: int) -> None:
    """End a child of ours that has a session of its own, with all of its group.

    Once somebody has waited for it, its number may be another's, and nobody is ended.
    So call it where it is waited for, or where nobody waits for it yet.
    """
    with suppress(ChildProcessError):
        os.waitid(os.P_PID, leader, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        os.killpg(leader, signal.SIGKILL)


def _named(line: bytes, monitor: int, uid: int) -> FirstProcess:
    pid = _number(line, "child-pid")
    try:
        # Unlike its number, this can never come to mean another process.
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return FirstProcess(pid, -1)
    except (OSError, OverflowError) as error:
        raise _untrue() from error
    try:
        _check(pid, monitor, uid)
        # Its number was its own till now, so it is the process that was looked at.
        signal.pidfd_send_signal(handle, 0)
    except (FileNotFoundError, ProcessLookupError):
        os.close(handle)
        return FirstProcess(pid, -1)
    except BaseException:
        os.close(handle)
        raise
    return FirstProcess(pid, handle)


def _number(line: bytes, name: str) -> int:
    try:
        return int(json.loads(line)[name])
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _untrue() from error


def _untrue() -> UntrueError:
    return UntrueError(
        "What built the sandbox does not say the truth about it. It may have been"
        " written to by another process of the project: look which of them run."
    )


def _check(pid: int, monitor: int, uid: int) -> None:
    if _uid(pid) != uid or monitor not in _above(pid):
        raise _untrue()


def _uid(pid: int) -> int:
    status = _said_of(pid, "status")
    return int(status[status.index(b"\nUid:") :].split(maxsplit=2)[1])


def _above(pid: int) -> Iterator[int]:
    """Yield the processes above one, the nearest first."""
    while pid := int(_said_of(pid, "stat").rpartition(b")")[2].split()[1]):
        yield pid


def _said_of(pid: int, name: str) -> bytes:
    file = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(file, _LONGEST_WORD)
    finally:
        os.close(file)
