"""A process that has loaded libraries once, to be forked into many sandboxes.

Seen from whoever starts it; what it does itself is :mod:`enclave.sandbox.forking`. What
it loads is believed, for it is in the machine's process namespace: it is for our own
software, which whoever starts it has loaded as well. Others are in a sandbox themselves
(:mod:`enclave.sandbox.closed_parent`).
"""

import base64
import json
import os
import signal
import socket
import struct
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import wait as readable
from types import TracebackType
from typing import Any, Self

from enclave.errors import HostError
from enclave.sandbox import seccomp
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.forking import ENTERED, PATIENCE, QUESTION
from enclave.sandbox.recipe import Recipe, laid_out


class WarmParent:
    """A warm parent that was started here; leaving its ``with`` block ends it."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._loaded = False
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # One that hangs takes no more messages after some; who asks must not hang too.
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(PATIENCE))
        with theirs:
            try:
                self._start(theirs.fileno())
            except BaseException:
                self._ours.close()
                raise

    def _start(self, end: int) -> None:
        with laid_out(self.recipe) as (argv, files):
            self._process = subprocess.Popen(
                argv,
                env={},
                stdin=end,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=files,
                cwd="/",
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        if self._process.returncode is not None:
            return False
        # Not waited for before its end here, so that its number stays its own.
        ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
        with suppress(ChildProcessError):  # waited for this moment, by another thread
            return os.waitid(os.P_PID, self._process.pid, ended) is None
        return False

    def ready(self, *, seconds: float = 0.0) -> bool:
        """Return whether it has loaded everything, within so many seconds, and answers.

        One that has loaded and does not answer is killed, so that another is started.
        """
        if not self._loaded:
            self._loaded = self._hears(seconds)
            return self._loaded
        with suppress(OSError):
            self._ours.send(QUESTION)
            if self._hears(PATIENCE):
                return True
        self.kill()
        return False

    def _hears(self, seconds: float) -> bool:
        with suppress(ConnectionError):
            return bool(readable([self._ours], seconds)) and bool(self._ours.recv(16))
        return False

    def fork(
        self,
        sandbox: int,
        description: SandboxDescription,
        told: Mapping[str, Any],
        handed: Sequence[int] = (),
        *,
        inherited: Sequence[bytes] = (),
    ) -> "Fork":
        """Send a fork into a sandbox of the same account that stands.

        Parameters
        ----------
        sandbox
            A ``pidfd`` of the sandbox's first process.
        description
            What the sandbox was built from.
        told, handed
            What the fork is told, and the descriptors it gets.
        inherited
            Filters of system calls that a program started there would have inherited.

        Raises
        ------
        HostError
            If the parent is gone.
        ValueError
            If the sandbox is said to be another account's.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                given = (theirs.fileno(), sandbox, *handed)
                self.send(given, description, told, inherited=inherited)
            except BaseException:
                ours.close()
                raise
        return Fork(ours)

    def send(
        self,
        given: Sequence[int],
        description: SandboxDescription,
        told: Mapping[str, Any],
        *,
        inherited: Sequence[bytes] = (),
    ) -> None:
        """Ask for a fork that tells somebody else how it ended.

        Parameters
        ----------
        given
            Where it is to tell that; the sandbox; and what :meth:`fork` hands over.
        inherited
            Filters of system calls that a program started there would have inherited.

        Raises
        ------
        HostError
            If the parent is gone.
        ValueError
            If the sandbox is said to be another account's.
        """
        if description.account != self.recipe.account:
            raise ValueError("a warm parent forks for no account but its own")
        filters = (*inherited, *seccomp.filters(allow_nested=description.allow_nested))
        message = {
            "description": description.write(),
            "filters": [base64.b64encode(program).decode() for program in filters],
            "told": dict(told),
        }
        try:
            socket.send_fds(self._ours, [json.dumps(message).encode()], given)
        except OSError as error:
            if isinstance(error, BlockingIOError):
                self.kill()  # so that another is started
            raise HostError("The warm parent has ended. Start another.") from error

    def kill(self) -> None:
        """End it even if it hangs. What is in its sandbox already goes on.

        Descriptors that were sent and not taken yet are closed by that.
        """
        if self._process.returncode is None:  # else its number may be another's
            # The bubblewrap that waits is one process, the parent itself another.
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it. What it has forked goes on."""
        self._ours.close()
        if not self._loaded:
            self.kill()  # it would load to its end before it hears of this
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()


class Fork:
    """One fork of a warm parent."""

    def __init__(self, reply: socket.socket) -> None:
        self._reply = reply

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reply.close()

    def fileno(self) -> int:
        """Return a descriptor that can be read when it is inside, or has ended."""
        return self._reply.fileno()

    def wait_until_inside(self) -> None:
        """Return when it has entered its sandbox and given up what it brought.

        Raises
        ------
        HostError
            If it does not say so soon: its parent hangs, or Linux did not let it in.
        """
        said = b""
        with suppress(ConnectionError):
            if readable([self._reply], PATIENCE):
                said = self._reply.recv(4096)
        if said != ENTERED:
            self._reply.close()
            raise HostError(
                said.decode(errors="replace")
                or "A fork did not come into its sandbox. Its parent hangs, or is gone."
            )

    def wait(self) -> int:
        """Wait for the end and return the exit code.

        Raises
        ------
        HostError
            If nobody saw how it ended.
        """
        said = b""
        with self._reply, suppress(ConnectionError):
            said = self._reply.recv(4096)
        try:
            return int(said)
        except ValueError as error:
            raise HostError("A fork ended without a word.") from error


def _timeval(seconds: float) -> bytes:
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
