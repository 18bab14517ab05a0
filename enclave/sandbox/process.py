"""A running sandbox: wait for it, end it.

Everything in a sandbox lives in one process namespace, so killing the first process of
it ends all of them, whatever they forked, detached or ignored.
"""

import os
import signal
from contextlib import suppress
from multiprocessing.connection import wait as readable  # select stops at 1,024
from types import TracebackType
from typing import TYPE_CHECKING, Self

from enclave.errors import HostError
from enclave.sandbox.prepared import Prepared, UntrueError, end_group


if TYPE_CHECKING:
    import subprocess


_KILLED = 128 + signal.SIGKILL
_PATIENCE = 30.0  # seconds for a sandbox to stand


class SandboxProcess:
    """A sandbox that was started here; leaving its ``with`` block ends it.

    Attributes
    ----------
    pid
        Its first process, as seen from outside.
    monitor
        The bubblewrap that waits for it.
    """

    def __init__(self, prepared: Prepared, monitor: "subprocess.Popen[bytes]") -> None:
        self._prepared = prepared
        self.monitor = monitor
        try:
            self.pid, self._handle = prepared.first(monitor.pid)
        except UntrueError:
            end_group(monitor.pid)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()
        self._prepared.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        for stream in (self.monitor.stdin, self.monitor.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    @property
    def handle(self) -> int:
        """A ``pidfd`` of its first process; -1 where that ended at once."""
        return self._handle

    def wait_until_it_stands(self) -> None:
        """Return when a command that echoes (``cat``) answers from inside.

        The first process exists earlier, while bubblewrap is still at work and the
        host's files are in sight: who entered then would see them.

        Raises
        ------
        HostError
            If it does not.
        """
        echo_from_inside(self.monitor)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return the exit code (128 + signal where killed).

        Raises
        ------
        subprocess.TimeoutExpired
            If it still runs after ``timeout`` seconds.
        HostError
            If its command never began.
        """
        self.monitor.wait(timeout)
        code = self._prepared.exit_code()
        if code is not None:
            return code
        if self.monitor.returncode == _KILLED:
            return _KILLED  # before the command began
        raise HostError(
            "The sandbox could not be filled: something that is to be seen inside does"
            " not exist or may not be read."
        )

    def is_dead(self) -> bool:
        """Tell whether every process of the sandbox has ended."""
        return self._handle < 0 or bool(readable([self._handle], 0))

    def kill(self) -> None:
        """End every process of the sandbox, and return when none is left."""
        if self._handle >= 0:
            kill_by(self._handle)
        self.monitor.wait()


def echo_from_inside(monitor: "subprocess.Popen[bytes]") -> None:
    """Say a word to a command that echoes, and return when it is heard.

    Raises
    ------
    HostError
        If it is not.
    """
    write, read = monitor.stdin, monitor.stdout
    if write is None or read is None:
        raise HostError("The sandbox was started without a word to pass.")
    with suppress(BrokenPipeError):
        write.write(b"?")
        write.flush()
    ready = readable([read.fileno()], _PATIENCE)
    said = os.read(read.fileno(), 4096) if ready else b""
    if said != b"?":
        shown = said.decode(errors="replace").strip()
        raise HostError(f"The sandbox could not be built. {shown}".strip())


def kill_by(handle: int, *, timeout: float = 10.0) -> bool:
    """Kill the sandbox whose first process this ``pidfd`` refers to; True if gone."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    # Readable once the process is dead, which the kernel allows only after every other
    # process of its namespace.
    return bool(readable([handle], timeout))
