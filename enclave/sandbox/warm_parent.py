"""A process that has loaded libraries once, to be forked into many sandboxes.

Seen from whoever starts it; what it does itself is :mod:`enclave.sandbox.forking`.
"""

import base64
import json
import os
import signal
import socket
import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait as readable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from enclave.errors import HostError
from enclave.sandbox import accounts, filesystem, seccomp
from enclave.sandbox.bubblewrap import bubblewrap, nameless_file
from enclave.sandbox.description import Limits, Mount, SandboxDescription
from enclave.sandbox.programs import program


_RIGHTS = "+setuid,+setgid"
PATIENCE = 10.0  # seconds for it to take a message, or to end once nobody asks


@dataclass(frozen=True)
class Recipe:
    """What a warm parent is made of; two that are equal may stand for each other.

    Attributes
    ----------
    command
        Starts it. It serves on its standard input.
    mounts
        The software that it sees, and nothing else.
    environment, workdir
        Exactly those of its forks: they have them from the first moment.
    version
        Tells apart what the others do not: the state of the software.
    """

    command: tuple[str, ...]
    mounts: tuple[Mount, ...]
    environment: Mapping[str, str]
    workdir: Path
    version: str = ""

    def describe(self) -> SandboxDescription:
        """Return the sandbox of the parent itself."""
        return SandboxDescription(
            [*self.command],
            mounts=self.mounts,
            environment=self.environment,
            workdir=self.workdir,
            limits=Limits(memory_bytes=None),
            account=accounts.for_warm_parents(),
        )


class WarmParent:
    """A warm parent that was started here; leaving its ``with`` block ends it."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # One that hangs takes no more messages after some; who asks must not hang too.
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(PATIENCE))
        with theirs, _laid_out(recipe.describe()) as (argv, files):
            self._process = subprocess.Popen(
                argv,
                env={},
                stdin=theirs.fileno(),
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
        return self._process.poll() is None

    def ready(self, *, seconds: float = 0.0) -> bool:
        """Return whether it has loaded everything, within so many seconds."""
        with suppress(ConnectionError):
            return bool(
                readable([self._ours], seconds) and self._ours.recv(16, socket.MSG_PEEK)
            )
        return False

    def fork(
        self,
        sandbox: int,
        description: SandboxDescription,
        told: Mapping[str, Any],
        handed: Sequence[int] = (),
    ) -> "Fork":
        """Send a fork into a sandbox that stands.

        Parameters
        ----------
        sandbox
            A ``pidfd`` of the sandbox's first process.
        description
            What the sandbox was built from.
        told, handed
            What the fork is told, and the descriptors it gets.

        Raises
        ------
        HostError
            If the parent is gone.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                given = (theirs.fileno(), sandbox, *handed)
                self.send(given, description, told)
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
        """
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
        if self.alive:
            # The bubblewrap that waits is one process, the parent itself another.
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it. What it has forked goes on."""
        self._ours.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()


class Fork:
    """One fork of a warm parent."""

    def __init__(self, reply: socket.socket) -> None:
        self._reply = reply

    def fileno(self) -> int:
        """Return a descriptor that can be read when it has ended."""
        return self._reply.fileno()

    def wait(self) -> int:
        """Wait for the end and return the exit code.

        Raises
        ------
        HostError
            If it did not get into its sandbox, or nobody saw how it ended.
        """
        said = b""
        with self._reply, suppress(ConnectionError):
            said = self._reply.recv(4096)
        try:
            return int(said)
        except ValueError as error:
            raise HostError(
                said.decode(errors="replace") or "A fork ended without a word."
            ) from error


def _timeval(seconds: float) -> bytes:
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))


@contextmanager
def _laid_out(
    description: SandboxDescription,
) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """Yield the command line of a warm parent's sandbox, and the files it inherits.

    Not :func:`enclave.sandbox.bubblewrap.prepare`: a parent has to see the processes
    that it enters, and keeps the right to take a project's account.
    """
    owner = description.account
    if owner is None:
        raise HostError(
            "Only root can have runs start from a warm parent: it takes a right over"
            " the accounts of projects. Runs start cold."
        )
    files: list[int] = []

    def hand(content: bytes) -> int:
        files.append(nameless_file(content))
        return files[-1]

    options = [
        *filesystem.root(description, owner, hand),
        *filesystem.closing(description),
        *("--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup"),
        *("--hostname", "enclave", "--clearenv", "--chdir", str(description.workdir)),
    ]
    for name, value in description.environment.items():
        options += ["--setenv", name, value]
    give_up = [
        program("setpriv"),
        *(f"--reuid={owner.uid}", f"--regid={owner.gid}", "--clear-groups"),
        *(f"--bounding-set=-all,{_RIGHTS}", f"--inh-caps=-all,{_RIGHTS}"),
        *(f"--ambient-caps=-all,{_RIGHTS}", "--no-new-privs"),
    ]
    try:
        yield (
            [*bubblewrap(options, [], hand), *give_up, *description.command],
            tuple(files),
        )
    finally:
        for file in files:
            os.close(file)
