"""Which lists of a segment a code list means, as runs of neighbours."""

from bisect import bisect_left, bisect_right
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
    found: list[range] = []
    for system, lists in systems.items():
        if meant.system is not None and meant.system != system:
            continue
        taken = _joined(_run(e, lists, codes) for e in meant.entries if not e.exclude)
        out = _joined(_run(e, lists, codes) for e in meant.entries if e.exclude)
        found += _without(taken, out)
    return sorted(found, key=lambda run: run.start)


def _run(entry: CodeEntry, lists: range, codes: Sequence[str]) -> range:
    length = len(entry.code)

    def compared(code: str) -> str:
        return code if entry.match == "exact" else code[:length]

    bounds = {"lo": lists.start, "hi": lists.stop, "key": compared}
    return range(
        bisect_left(codes, entry.code, **bounds),  # type: ignore[call-overload]
        bisect_right(codes, entry.code, **bounds),  # type: ignore[call-overload]
    )


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
