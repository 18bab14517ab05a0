"""The door on which a run asks, from inside its sandbox, for a forked kernel.

The run says where its kernel's files are among those that it sees itself, and no more:
software, account, limits and filters are not for it to say. What it says may be
anything, and must not end who keeps the door. It has one kernel at a time, which ends
when the run lets go of it, and with the run.
"""

import json
import logging
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait as readable
from typing import Any

from enclave.errors import HostError
from enclave.sandbox import seccomp
from enclave.sandbox.beneath import mount_namespace
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Mount, SandboxDescription
from enclave.sandbox.forking import ENTERED
from enclave.sandbox.process import SandboxProcess


_LARGEST_REQUEST = 1 << 16

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class KernelDoor:
    """Forks kernels for one run.

    Attributes
    ----------
    kernels
        What they are forked from.
    kernel
        Their sandbox, but for what they see of the run's.
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
        keeper = threading.Thread(target=self._keep, args=(ours,))
        keeper.start()
        try:
            with theirs:
                yield theirs.fileno()
        finally:
            self._run.cancel()  # where it never stood
            keeper.join()
        if self._failures:
            raise self._failures[0]

    def _keep(self, door: socket.socket) -> None:
        with door:
            try:
                run = self._run.result()
            except CancelledError:
                return
            try:
                # A run that has ended may have left its end of the door in a queue.
                while run.handle not in readable([door, run.handle]):
                    if not self._answered(door, run):
                        return
            finally:
                os.close(run.handle)
                os.close(run.files)

    def _answered(self, door: socket.socket, run: "_Run") -> bool:
        """Take one message; tell whether there was one."""
        message, given, _, _ = socket.recv_fds(door, _LARGEST_REQUEST, 1)
        try:
            if message:
                (control,) = given
                self._have(json.loads(message), control, run)
        # Refused or lost, its kernel never speaks: the run then says so.
        except HostError as error:
            logger.warning("a run got no kernel to rely on: %s", error)
            self._failures.append(error)
        except Exception as error:  # noqa: BLE001 - the run may say anything
            logger.warning("a run asked for a kernel: %s", type(error).__name__)
        finally:
            for descriptor in given:
                os.close(descriptor)
        return bool(message)

    def _have(self, asked: dict[str, Any], control: int, run: "_Run") -> None:
        """Fork a kernel, and return when nothing is left of it."""
        shown = [Mount.read(mount) for mount in asked["mounts"]]
        if any(mount.as_link for mount in shown):
            raise ValueError("a link would be read out here")
        kernel = replace(self.kernel, mounts=(*self.kernel.mounts, *shown))
        told = {"connection": str(asked["connection"])}
        outer = seccomp.filters(allow_nested=True)
        with (
            _socket(control) as place,
            self.kernels.sandbox(run.files, kernel) as sandbox,
            self.kernels.fork(sandbox.handle, kernel, told, inherited=outer) as fork,
        ):
            _tell(place, ENTERED)
            # Until it has ended, or nobody wants it any more.
            if fork.fileno() in readable([fork.fileno(), place, run.handle]):
                _tell(place, str(fork.wait()).encode())


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


@contextmanager
def _socket(descriptor: int) -> Iterator[socket.socket]:
    """Yield what the run gave us to speak to it: all else could keep us waiting."""
    place = socket.socket(fileno=descriptor)
    try:
        if place.family != socket.AF_UNIX:
            raise ValueError("not a socket of this machine")
        yield place
    finally:
        place.detach()  # closed with all that was given


def _tell(place: socket.socket, word: bytes) -> None:
    """Say something to a run that hears it, or not."""
    with suppress(OSError):
        place.send(word, socket.MSG_DONTWAIT)
