"""A process in a sandbox, started from the event loop."""

import asyncio
import os
import signal
from asyncio.subprocess import Process
from contextlib import suppress
from pathlib import Path

from enclave.sandbox import bubblewrap
from enclave.sandbox.description import SandboxDescription
from enclave.sandbox.prepared import Prepared, UntrueError, end_group


class ClosedProcess:
    """The first process of a sandbox, and with it all others."""

    def __init__(self, prepared: Prepared, monitor: Process) -> None:
        self._prepared = prepared
        self._monitor = monitor
        self._first = -1

    @classmethod
    async def start(cls, description: SandboxDescription, log: Path) -> "ClosedProcess":
        """Build a sandbox and start its command.

        A sandbox that is to end with the one who starts it ends with this *thread*:
        call it from the event loop's own.

        Parameters
        ----------
        log
            File for what the command prints; written anew.

        Raises
        ------
        HostError
            If the sandbox cannot be built.
        """
        prepared = bubblewrap.prepare(description)
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("wb") as output:
            monitor = await asyncio.create_subprocess_exec(
                *prepared.argv,
                env=prepared.env,
                pass_fds=prepared.pass_fds,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
            )
        process = cls(prepared, monitor)
        try:
            first = await asyncio.to_thread(prepared.first, monitor.pid)
        except UntrueError:
            end_group(monitor.pid)  # here, where its end is noticed
            raise
        process._first = first.handle
        return process

    @property
    def exit_code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._monitor.returncode

    async def wait(self) -> int:
        """Wait for the end and return the exit code."""
        return await self._monitor.wait()

    async def stop(self, *, patience: float) -> None:
        """End it, and return when nothing of it is left.

        Parameters
        ----------
        patience
            Seconds that it gets to end by itself; 0 for none.
        """
        if self.exit_code is None and patience and self._first >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._monitor.wait(), patience)
        if self.exit_code is None:
            # Takes the first process of the sandbox with it, and that one all others.
            self._monitor.kill()
        await self._monitor.wait()
        self._prepared.close()
        if self._first >= 0:
            os.close(self._first)
            self._first = -1
