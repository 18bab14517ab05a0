"""The nursery as the hub sees it."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from enclave.errors import HostError
from enclave.sandbox import control_group
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.programs import program
from enclave.sandbox.runtime_mounts import python_runtime
from enclave_hub.nursery.keeper import BROKEN, LARGEST_MESSAGE


class Nursery:
    """Start servers of workspaces by forking, each into a sandbox of its own."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ours: socket.socket | None = None

    def open(self) -> None:
        """Start it, unless it runs; it takes a second or two to be ready.

        Call it from the thread that it is to end with.
        """
        if self._process is not None and self._process.poll() is None:
            return
        if self._ours is not None:
            self._ours.close()
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [*_with_read_only_software(), *_COMMAND],
                env=_ENVIRONMENT,
                stdin=theirs.fileno(),
                cwd="/",
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Return once it has loaded what a server takes."""
        self.open()
        if self._ours is not None:
            self._ours.recv(16, socket.MSG_PEEK)

    async def start(
        self,
        description: SandboxDescription,
        listener: socket.socket,
        environment: Mapping[str, str],
        log: Path,
    ) -> "NurseryServer":
        """Start a server in a sandbox.

        Parameters
        ----------
        description
            The sandbox; its own command only holds it open.
        listener
            What the server listens on.
        environment
            What the server is told, once it is inside.
        log
            File for what it prints; written anew.

        Raises
        ------
        HostError
            If the sandbox cannot be built.
        """
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        told, tell = os.pipe()
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as handed, os.fdopen(tell, "w") as identity:
            handed.enter_context(theirs)
            handed.callback(os.close, told)
            output = handed.enter_context(log.open("wb"))
            given = [theirs.fileno(), listener.fileno(), output.fileno(), told]
            self._send(given)
            handed.close()  # what is not ours any more must be able to end
            control.setblocking(False)  # noqa: FBT003 - takes no keyword
            server = NurseryServer(control)
            try:
                await server.enter(description)
            except BaseException:
                control.close()
                raise
            identity.write(json.dumps(dict(environment)))
        return server

    def close(self) -> None:
        """End it. What it has forked goes on."""
        if self._ours is not None:
            self._ours.close()
        if self._process is not None:
            self._process.wait()

    def _send(self, descriptors: list[int]) -> None:
        for attempt in (1, 2):
            self.open()
            if self._ours is None or self._process is None:
                raise RuntimeError("it was just opened")
            try:
                socket.send_fds(self._ours, [b"server"], descriptors)
            except OSError:
                # It has ended since it was last looked at: one more is started.
                if attempt == 2:
                    raise
                self._process.wait()
            else:
                return


class NurseryServer:
    """One server from the nursery, and the sandbox around it."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._end: asyncio.Task[int] | None = None

    async def enter(self, description: SandboxDescription) -> None:
        """Have the sandbox built, and the server sent in.

        Raises
        ------
        HostError
            If that does not work.
        """
        loop = asyncio.get_running_loop()
        document = json.dumps(description.write()).encode()
        with suppress(BrokenPipeError, ConnectionResetError):
            await loop.sock_sendall(self._control, document)
        answer = await self._hear()
        if "server" not in answer:
            raise HostError(
                answer.get("refused")
                or "The server of the workspace did not start. Try again; if it fails"
                " again, tell the people who run this enclave."
            )
        self._end = asyncio.ensure_future(self._wait_for_the_end())

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs."""
        return (
            self._end.result() if self._end is not None and self._end.done() else None
        )

    async def wait(self) -> int:
        """Wait for the end and return the exit code."""
        if self._end is None:
            raise RuntimeError("it was never started")
        return await asyncio.shield(self._end)

    async def stop(self, *, patience: float) -> None:
        """End it, and return when nothing of it is left.

        Parameters
        ----------
        patience
            Seconds that it gets to end by itself; 0 for none.
        """
        if self.exit_code is None and patience:
            with suppress(OSError):
                self._control.send(b"stop")
            with suppress(TimeoutError):
                await asyncio.wait_for(self.wait(), patience)
        # The keeper takes this for our end, and ends the sandbox; its own end is last.
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        await self.wait()
        self._control.close()

    async def _wait_for_the_end(self) -> int:
        code = BROKEN  # of a keeper that was killed
        while answer := await self._hear():
            code = answer.get("ended", code)
        return code

    async def _hear(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        with suppress(ConnectionResetError):
            message = await loop.sock_recv(self._control, LARGEST_MESSAGE)
            return dict(json.loads(message)) if message else {}
        return {}


# Where groups may be made is all that it has to know of the machine.
_ENVIRONMENT = {
    name: value for name, value in os.environ.items() if name == control_group.VARIABLE
}

_COMMAND = (sys.executable, "-I", "-m", "enclave_hub.nursery.server")


def _with_read_only_software() -> Iterator[str]:
    """Show the nursery its own programs read-only, as a sandbox would.

    What is forked keeps a hold on the program that it runs, wherever it goes.
    """
    yield from (program("bwrap"), "--die-with-parent", "--dev-bind", "/", "/")
    for folder in ("/usr", *(str(m.target) for m in python_runtime() if not m.as_link)):
        yield from ("--ro-bind", folder, folder)
    if os.geteuid() != 0:
        # The sandboxes are built below this namespace, so their forks may enter them.
        yield "--unshare-user"
    yield "--"
