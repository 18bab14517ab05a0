"""Run a command in a sandbox to its end."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from subprocess import PIPE
from time import monotonic

from enclave.errors import HostError
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import MEBIBYTE, SandboxDescription
from enclave.sandbox.process import SandboxProcess


_LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class Outcome:
    """How a command ended.

    Attributes
    ----------
    exit_code
        128 + signal where it was killed.
    output
        The first mebibyte of what it printed. Written inside: not to be trusted.
    timed_out
        True if it was ended because its time was over.
    seconds
        From start to end.
    """

    exit_code: int
    output: str
    timed_out: bool
    seconds: float


def run(
    description: SandboxDescription, *, watch: Callable[[str], None] | None = None
) -> Outcome:
    """Run a command for at most ``description.limits.wall_seconds``.

    Parameters
    ----------
    watch
        Is given each line that the command prints, when it comes.

    Raises
    ------
    HostError
        If the sandbox could not be built or filled.
    """
    began = monotonic()
    over = threading.Event()
    with launch(description, output=PIPE) as process:
        timer = _end_after(description.limits.wall_seconds, process, over)
        try:
            output = _read(process, watch).decode(errors="replace")
            code = process.wait()
        except HostError as error:
            raise HostError(f"{error} {output.strip()}") from error
        finally:
            timer.cancel()
    return Outcome(code, output, over.is_set(), monotonic() - began)


def _end_after(
    seconds: float | None, process: SandboxProcess, over: threading.Event
) -> threading.Timer:
    def end() -> None:
        over.set()
        process.kill()

    timer = threading.Timer(threading.TIMEOUT_MAX if seconds is None else seconds, end)
    timer.daemon = True
    timer.start()
    return timer


def _read(process: SandboxProcess, watch: Callable[[str], None] | None) -> bytes:
    """Read to the end, however much comes, and keep the beginning."""
    kept = bytearray()
    stream = process.monitor.stdout
    while stream is not None and (line := stream.readline(_LONGEST_LINE)):
        if len(kept) < MEBIBYTE:
            kept += line[: MEBIBYTE - len(kept)]
        if watch is not None:
            watch(line.decode(errors="replace"))
    return bytes(kept)
