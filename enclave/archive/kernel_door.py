"""The door on which a run asks, from inside its sandbox, for a forked kernel.

The run says where its kernel's files are among those that it sees itself, and no more:
software, account, limits and filters are not for it to say. What it says may be
anything, and must not end who keeps the door. It has one kernel at a time, which ends
when the run lets go of it, and with the run.
"""

import json
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait as readable
from typing import Any

from enclave.sandbox import seccomp
from enclave.sandbox.beneath import mount_namespace
from enclave.sandbox.closed_parent import ClosedParent
from enclave.sandbox.description import Mount, SandboxDescription
from enclave.sandbox.forking import ENTERED
from enclave.sandbox.process import SandboxProcess


_LARGEST_REQUEST = 1 << 16


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
    _run: "Future[SandboxProcess]" = field(default_factory=Future)

    def stands(self, sandbox: SandboxProcess) -> None:
        """Learn which sandbox the run is in."""
        self._run.set_result(sandbox)

    @contextmanager
    def open(self) -> Iterator[int]:
        """Yield the socket on which the run asks."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        keeper = threading.Thread(target=self._keep, args=(ours,))
        keeper.start()
        try:
            with theirs:
                yield theirs.fileno()
        finally:
            keeper.join()

    def _keep(self, door: socket.socket) -> None:
        with door:
            while True:
                message, given, _, _ = socket.recv_fds(door, _LARGEST_REQUEST, 1)
                try:
                    if not message:
                        return
                    # Refused or lost, its kernel never speaks: the run then says so.
                    with suppress(Exception):
                        (control,) = given
                        self._have(json.loads(message), control)
                finally:
                    for descriptor in given:
                        os.close(descriptor)

    def _have(self, asked: dict[str, Any], control: int) -> None:
        """Fork a kernel, and return when nothing is left of it."""
        shown = [Mount.read(mount) for mount in asked["mounts"]]
        if any(mount.as_link for mount in shown):
            raise ValueError("a link would be read out here")
        kernel = replace(self.kernel, mounts=(*self.kernel.mounts, *shown))
        told = {"connection": str(asked["connection"])}
        outer = seccomp.filters(allow_nested=True)
        with (
            mount_namespace(self._run.result(timeout=0)) as files,
            self.kernels.sandbox(files, kernel) as sandbox,
            self.kernels.fork(sandbox.handle, kernel, told, inherited=outer) as fork,
        ):
            os.write(control, ENTERED)
            # Until it has ended, or nobody wants it any more.
            if fork.fileno() in readable([fork.fileno(), control]):
                os.write(control, str(fork.wait()).encode())
