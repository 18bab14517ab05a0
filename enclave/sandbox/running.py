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
_LOOK_EVERY = 0.25  # seconds


class StoppedError(Exception):
    """The command was ended because it is not wanted any more."""


def never() -> bool:
    """Want it to the end."""
    return False


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
    description: SandboxDescription,
    *,
    watch: Callable[[str], None] | None = None,
    stop: Callable[[], bool] = never,
) -> Outcome:
    """Run a command for at most ``description.limits.wall_seconds``.

    Parameters
    ----------
    watch
        Is given each line that the command prints, when it comes.
    stop
        Asked again and again whether to end it.

    Raises
    ------
    HostError
        If the sandbox could not be built or filled.
    StoppedError
        If ``stop`` said so.
    """
    began = monotonic()
    over, unwanted = threading.Event(), threading.Event()
    with launch(description, output=PIPE) as process:
        timer = _end_after(description.limits.wall_seconds, process, over)
        ended = _end_when(stop, process, unwanted)
        try:
            output = _read(process, watch).decode(errors="replace")
            code = process.wait()
        except HostError as error:
            raise HostError(f"{error} {output.strip()}") from error
        finally:
            timer.cancel()
            ended.set()
    if unwanted.is_set():
        raise StoppedError
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


def _end_when(
    stop: Callable[[], bool], process: SandboxProcess, unwanted: threading.Event
) -> threading.Event:
    """Watch from a thread of its own until the event that is returned is set."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_EVERY):
            if stop():
                unwanted.set()
                process.kill()
                return

    if stop is not never:
        threading.Thread(target=look, daemon=True).start()
    return ended


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
