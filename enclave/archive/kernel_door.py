"""The door on which a run asks, from inside its sandbox, for a forked kernel.

The kernel's sandbox is built while the run starts; the run says when it wants the
kernel, and no more. What it says may be anything, and must not end who keeps the door.
It has one kernel, which ends when the run lets go of it, and with the run.
"""

import logging
import os
import socket
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import wait as readable

from enclave.errors import HostError
from enclave.sandbox import kernel_places, seccomp
from enclave.sandbox.beneath import Builder, SandboxBeneath, mount_namespace
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.forking import ASKED, ENTERED
from enclave.sandbox.process import SandboxProcess


_LONGEST = 64  # bytes of what is asked
_TOLD = {"connection": str(kernel_places.CONNECTION)}

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KernelDoor:
    """Forks the kernel of one run.

    Attributes
    ----------
    kernels
        What it is forked from.
    kernel
        Its sandbox; the sources of its mounts are the run's.
    """

    kernels: ClosedParent
    kernel: SandboxDescription
    _run: "Future[_Run]" = field(default_factory=Future)
    _failures: list[HostError] = field(default_factory=list)

    def stands(self, sandbox: SandboxProcess) -> None:
        """Learn which sandbox the run is in, before anything of the run is there."""
        with mount_namespace(sandbox) as files:
            self._run.set_result(_Run(os.dup(files), os.dup(sandbox.handle)))

    @contextmanager
    def open(self) -> Iterator[int]:
        """Yield the socket on which the run asks.

        Raises
        ------
        HostError
            At its end, if a kernel could not be forked, or the parent was not seen
            alone after it: then nothing that the run wrote is to be believed.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs, self.kernels.builder(self.kernel) as builder:
            keeper = threading.Thread(target=self._keep, args=(ours, builder))
            keeper.start()
            try:
                yield theirs.fileno()
            finally:
                theirs.close()
                self._run.cancel()  # where it never stood
                keeper.join()
        if self._failures:
            raise self._failures[0]

    def _keep(self, door: socket.socket, builder: Builder) -> None:
        try:
            run = self._run.result()
        except CancelledError:
            return
        try:
            with (
                door,
                ExitStack() as kept,
                self.kernels.sandbox(run.files, builder) as sandbox,
            ):
                # A run that has ended may have left its end of the door in a queue.
                while run.handle not in readable([door, run.handle]):
                    place = _place_to_answer(door, kept)
                    if place is not None:
                        self._have(place, run, sandbox)
                        break
        except _NobodyAsksError:
            pass
        # Refused or lost, its kernel never speaks: the run then says so. And whatever
        # it was, nobody knows whether the parent was alone.
        except Exception as error:  # noqa: BLE001 - see above
            failure = _failure(error)
            logger.warning("a run got no kernel to rely on: %s", failure)
            self._failures.append(failure)
        finally:
            os.close(run.handle)
            os.close(run.files)

    def _have(self, place: socket.socket, run: "_Run", sandbox: SandboxBeneath) -> None:
        """Fork the kernel, and return when it has ended."""
        outer = seccomp.filters(allow_nested=True)
        with self.kernels.fork(
            sandbox.handle, self.kernel, _TOLD, inherited=outer
        ) as fork:
            _tell(place, ENTERED)
            # Until it has ended, or nobody wants it any more.
            if fork.fileno() in readable([fork.fileno(), place, run.handle]):
                _tell(place, str(fork.wait()).encode())


class _NobodyAsksError(Exception):
    """Nobody is there any more who would ask for a kernel."""


@dataclass(frozen=True)
class _Run:
    """What is known of a run, by descriptors that are ours: to be closed.

    Attributes
    ----------
    files
        The mount namespace of its sandbox as it was built: who is in it may go into
        another one, of which it owns everything.
    handle
        A ``pidfd`` of its first process.
    """

    files: int
    handle: int


def _place_to_answer(door: socket.socket, kept: ExitStack) -> socket.socket | None:
    """Take one message, and return the socket it came with if it asks for a kernel.

    That is closed with what is kept: then the run knows that nothing is left. Only a
    socket is written to, for all else could keep us waiting.

    Raises
    ------
    _NobodyAsksError
        If none will come.
    """
    try:
        message, given, _, _ = socket.recv_fds(door, _LONGEST, 1)
    except ConnectionError as error:
        raise _NobodyAsksError from error
    if not message:
        raise _NobodyAsksError
    with ExitStack() as unwanted:
        for descriptor in given:
            unwanted.callback(os.close, descriptor)
        if message == ASKED and given and stat.S_ISSOCK(os.fstat(given[0]).st_mode):
            place = socket.socket(fileno=os.dup(given[0]))
            if place.family == socket.AF_UNIX:
                return kept.enter_context(place)
            place.close()
    logger.warning("a run asked for no kernel")
    return None


def _failure(error: Exception) -> HostError:
    if isinstance(error, HostError):
        return error
    failure = HostError(
        f"A fork was not followed to its end ({type(error).__name__}), so it counts for"
        " nothing. Start this one cold."
    )
    failure.__cause__ = error
    return failure


def _tell(place: socket.socket, word: bytes) -> None:
    """Say something to a run that hears it, or not."""
    with suppress(OSError):
        place.send(word, socket.MSG_DONTWAIT)
