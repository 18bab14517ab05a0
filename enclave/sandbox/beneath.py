"""Build a sandbox beneath another one, with the files that a third one sees.

A fork can enter only sandboxes beneath its own. So where a kernel is forked from a warm
parent, its sandbox is built beneath the parent's: in its process namespace and its user
namespace, and from the empty network. What the kernel is to see, it sees from where its
run sees it: the run, which nobody beneath the parent can see.

Nothing of the parent's may run meanwhile, for what builds the sandbox is of the same
account, and has the run's files in sight. Until it is that account, root runs no
program there (:mod:`enclave.sandbox.going_beneath`). When it stands, whatever built it
is ended, and nobody beneath the parent has them in sight any more.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE
from types import TracebackType
from typing import Self

from enclave.errors import HostError
from enclave.sandbox.bubblewrap import alone, nameless_file
from enclave.sandbox.description import Account, SandboxDescription
from enclave.sandbox.going_beneath import WORD
from enclave.sandbox.process import SandboxProcess, echo_from_inside, kill_by


class SandboxBeneath:
    """A sandbox that stands, held open by a pipe; leaving its ``with`` block ends it.

    Attributes
    ----------
    handle
        A ``pidfd`` of its first process.
    """

    def __init__(self, builder: "subprocess.Popen[bytes]", handle: int) -> None:
        self._builder = builder
        self.handle = handle

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        kill_by(self.handle)
        os.close(self.handle)
        _close(self._builder)


class Builder:
    """What builds a sandbox beneath another one, as soon as it hears where files are.

    It has loaded by then what it needs: that takes as long as to build. Leaving its
    ``with`` block ends it; the sandbox goes on.

    Parameters
    ----------
    parent
        The sandbox that it is to be beneath.
    description
        What is to be built.
    owner
        The account of both.
    """

    def __init__(
        self, parent: SandboxProcess, description: SandboxDescription, owner: Account
    ) -> None:
        with _of(parent, ("user", "pid", "net")) as spaces:
            handed: list[int] = []

            def hand(content: bytes) -> int:
                handed.append(nameless_file(content))
                return handed[-1]

            try:
                argv = [
                    *_entering(spaces, owner),
                    *alone(description, owner, hand),
                ]
                self._process = subprocess.Popen(
                    argv,
                    env={},
                    pass_fds=(*handed, *spaces.values()),
                    stdin=PIPE,
                    stdout=PIPE,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    start_new_session=True,
                )
            finally:
                for file in handed:
                    os.close(file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        _close(self._process)

    def build(self, files: int) -> SandboxBeneath:
        """Build it, once, while its parent is of one process, which is stopped.

        Parameters
        ----------
        files
            The mount namespace that the sources of its mounts are found in.

        Raises
        ------
        HostError
            If it does not stand.
        """
        if self._process.stdin is None:
            raise HostError("A builder was started without a word to pass.")
        with suppress(BrokenPipeError):
            self._process.stdin.write(b"%*d" % (WORD, files))
            self._process.stdin.flush()
        try:
            echo_from_inside(self._process)
            first = os.pidfd_open(_below(_below(self._process.pid)))
        finally:
            self._end()
        return SandboxBeneath(self._process, first)

    def _end(self) -> None:
        if self._process.returncode is None:  # else its number may be another's
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@contextmanager
def mount_namespace(sandbox: SandboxProcess) -> Iterator[int]:
    """Yield a descriptor of the mount namespace of a sandbox that stands.

    Raises
    ------
    HostError
        If it has ended.
    """
    with _of(sandbox, ("mnt",)) as spaces:
        yield spaces["mnt"]


def _close(builder: "subprocess.Popen[bytes]") -> None:
    for stream in (builder.stdin, builder.stdout):
        if stream is not None:
            with suppress(BrokenPipeError):
                stream.close()


def _entering(spaces: dict[str, int], owner: Account) -> Sequence[str]:
    """Return the beginning of a command line that goes where all this is built."""
    way = (spaces["net"], spaces["pid"], spaces["user"], owner.uid, owner.gid)
    program = Path(__file__).with_name("going_beneath.py")
    return [sys.executable, "-I", "-S", str(program), *map(str, way)]


@contextmanager
def _of(sandbox: SandboxProcess, kinds: Sequence[str]) -> Iterator[dict[str, int]]:
    """Yield descriptors of namespaces that a sandbox's first process is in."""
    opened: dict[str, int] = {}
    try:
        try:
            for kind in kinds:
                place = f"/proc/{sandbox.pid}/ns/{kind}"
                opened[kind] = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise _gone() from error
        if sandbox.is_dead():  # and its number may be another's by now
            raise _gone()
        yield opened
    finally:
        for file in opened.values():
            os.close(file)


def _below(pid: int) -> int:
    """Return the one child of a process."""
    try:
        (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, ValueError) as error:
        raise _gone() from error
    return int(child)


def _gone() -> HostError:
    return HostError("A sandbox has ended before another could be built beneath it.")
