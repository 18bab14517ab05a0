"""What a killed run left half-written goes, also if nobody asks for that run again.

Data may be among it: those that were made again for a re-run, and what an analysis
wrote of them.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from enclave import durable
from enclave.archive.locks import lock_of_rerun, lock_of_run
from enclave.lock import exclusive
from enclave.settings import Settings


def sweep(settings: Settings) -> int:
    """Remove what no process works at any more; return how many pieces."""
    return sum(_swept(folder, lock) for folder, lock in set(_half_written(settings)))


def _half_written(settings: Settings) -> Iterator[tuple[Path, Path]]:
    """Return each folder with something half-written, and the lock of who writes."""
    for partial in (settings.archive / "reruns").glob("*/*/.partial-*"):
        analysis, number = partial.parts[-3:-1]
        yield partial.parent, lock_of_rerun(settings, analysis, int(number))
    for partial in (settings.archive / ".runs").glob("*/.partial-*"):
        yield partial.parent, lock_of_run(settings, partial.parent.name)


def _swept(folder: Path, lock: Path) -> int:
    with suppress(BlockingIOError), exclusive(lock, wait=False):
        return durable.sweep_partials(folder)
    return 0
