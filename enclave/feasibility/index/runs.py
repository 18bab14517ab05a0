"""Which lists of a segment a code list means, as runs of neighbours."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from enclave.cohort.codes import CodeEntry, CodeList


def runs_of(
    meant: CodeList, systems: dict[str | None, range], codes: Sequence[str]
) -> list[range]:
    """Return the lists with a code that is meant, ascending and apart.

    Parameters
    ----------
    systems
        The lists of each code system.
    codes
        The code of each list, ascending within a system.
    """
    if meant.system is None:
        places = list(systems.values())
    elif meant.system in systems:
        places = [systems[meant.system]]
    else:
        return []
    if len(meant.entries) == 1:
        runs = [_run(meant.entries[0], lists, codes) for lists in places]
        return [run for run in runs if run]
    found: list[range] = []
    for lists in places:
        taken = _joined(_run(e, lists, codes) for e in meant.entries if not e.exclude)
        out = _joined(_run(e, lists, codes) for e in meant.entries if e.exclude)
        found += _without(taken, out)
    return sorted(found, key=lambda run: run.start)


def _run(entry: CodeEntry, lists: range, codes: Sequence[str]) -> range:
    start = bisect_left(codes, entry.code, lists.start, lists.stop)
    if entry.match == "exact":
        found = start < lists.stop and codes[start] == entry.code
        return range(start, start + found)
    return range(start, bisect_left(codes, _after(entry.code), start, lists.stop))


def _after(prefix: str) -> str:
    """Return the first text after all that begin with a code, as Python compares."""
    # A code is printable, and the last letter there is, is not.
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _joined(runs: Iterable[range]) -> list[range]:
    joined: list[range] = []
    for run in sorted((run for run in runs if run), key=lambda run: run.start):
        if joined and run.start <= joined[-1].stop:
            stop = max(joined[-1].stop, run.stop)
            joined[-1] = range(joined[-1].start, stop)
        else:
            joined.append(run)
    return joined


def _without(taken: list[range], out: list[range]) -> list[range]:
    left: list[range] = []
    for run in taken:
        start = run.start
        for hole in out:
            if hole.start >= run.stop or hole.stop <= start:
                continue
            left.append(range(start, hole.start))
            start = hole.stop
        left.append(range(start, run.stop))
    return [run for run in left if run]
