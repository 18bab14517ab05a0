"""Run a command in a sandbox to its end."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from subprocess import PIPE
from time import monotonic
from typing import IO, Any

from enclave.errors import HostError
from enclave.sandbox.bubblewrap import launch
from enclave.sandbox.description import MEBIBYTE, SandboxDescription
from enclave.sandbox.forking import PATIENCE
from enclave.sandbox.process import SandboxProcess
from enclave.sandbox.programs import program
from enclave.sandbox.warm_parent import WarmParent


_LONGEST_LINE = 64 * 1024
_LOOK_EVERY = 0.25  # seconds


class StoppedError(Exception):
    """The command was ended because it is not wanted any more."""


def never() -> bool:
    """Want it to the end."""
    return False


# How a program ends that came to a bound of its own, or that what it reads broke.
BROKEN = {
    128 + number
    for number in (
        signal.SIGKILL, signal.SIGXCPU, signal.SIGXFSZ, signal.SIGSEGV, signal.SIGABRT,
        signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS, signal.SIGTRAP,
    )
}  # fmt: skip
KILLED = 128 + signal.SIGKILL


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
    output = b""
    with (
        launch(description, output=PIPE) as process,
        _bounded(process, description.limits.wall_seconds, stop) as over,
    ):
        try:
            output = _read(process.monitor.stdout, watch)
            code = process.wait()
        except HostError as error:
            said = output.decode(errors="replace").strip()
            raise HostError(f"{error} {said}") from error
    return Outcome(
        code, output.decode(errors="replace"), over.is_set(), monotonic() - began
    )


def run_forked(  # noqa: PLR0913 - what is run where, with what, and who is told
    description: SandboxDescription,
    parent: WarmParent,
    told: Mapping[str, Any],
    handed: Sequence[int] = (),
    *,
    watch: Callable[[str], None] | None = None,
    stop: Callable[[], bool] = never,
    stands: Callable[[SandboxProcess], None] = lambda _: None,
) -> Outcome:
    """Run what a warm parent has loaded in the sandbox that its command would get.

    Parameters
    ----------
    told, handed
        What the fork is told, and which descriptors it gets after the one it prints to.
    watch, stop, stands
        As :func:`run`; and is given the sandbox once it stands.

    Raises
    ------
    HostError
        If the sandbox could not be built or filled, or the parent is gone or hangs.
    StoppedError
        If ``stop`` said so.
    """
    began = monotonic()
    with (
        launch(held_open(description), given=PIPE, output=PIPE) as sandbox,
        _bounded(sandbox, description.limits.wall_seconds, stop) as over,
        _outlived_by_none(sandbox, parent),
    ):
        sandbox.wait_until_it_stands()
        stands(sandbox)
        read, write = os.pipe()
        with os.fdopen(read, "rb") as stream:
            try:
                given = (write, *handed)
                fork = parent.fork(sandbox.handle, description, told, given)
                fork.wait_until_inside()
            except HostError:
                parent.kill()  # it would keep what it was sent
                raise
            finally:
                os.close(write)
            output = _read(stream, watch)
        code = fork.wait()
    text = output.decode(errors="replace")
    return Outcome(code, text, over.is_set(), monotonic() - began)


def held_open(description: SandboxDescription) -> SandboxDescription:
    """Return the same sandbox around a command that only echoes."""
    return replace(description, command=[program("cat")])


@contextmanager
def _bounded(
    process: SandboxProcess, seconds: float | None, stop: Callable[[], bool]
) -> Iterator[threading.Event]:
    """End a sandbox when its time is over, or it is not wanted any more.

    Yields
    ------
    threading.Event
        Set if it was its time.
    """
    over, unwanted = threading.Event(), threading.Event()
    timer = _end_after(seconds, process, over)
    ended = _end_when(stop, process, unwanted)
    try:
        yield over
    except HostError:
        if not unwanted.is_set():
            raise
    finally:
        timer.cancel()
        ended.set()
    if unwanted.is_set():
        raise StoppedError


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


@contextmanager
def _outlived_by_none(sandbox: SandboxProcess, parent: WarmParent) -> Iterator[None]:
    """Kill a warm parent that hangs, once the sandbox it was to fork into is dead.

    It never takes what was sent to it, and the pipe and the sockets in that stay open:
    who reads them to their end would wait for ever.
    """
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(_LOOK_EVERY):
            if sandbox.is_dead():
                if not ended.wait(PATIENCE):
                    parent.kill()
                return

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _read(stream: IO[bytes] | None, watch: Callable[[str], None] | None) -> bytes:
    """Read to the end, however much comes, and keep the beginning."""
    kept = bytearray()
    while stream is not None and (line := stream.readline(_LONGEST_LINE)):
        if len(kept) < MEBIBYTE:
            kept += line[: MEBIBYTE - len(kept)]
        if watch is not None:
            watch(line.decode(errors="replace"))
    return bytes(kept)
