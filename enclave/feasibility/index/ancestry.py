"""Which codes that begin alike are kept together, beside each for itself."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import accumulate


# A union of fewer lists, or of fewer persons, takes too little time to be kept.
_FEWEST_LISTS = 4
_FEWEST_PERSONS = 4_000
# One is kept if it is so many times as short as what it stands for.
_TIMES = 2


def ancestors(
    systems: Sequence[str | None], codes: Sequence[str], persons: Sequence[int]
) -> list[range]:
    """Return the runs of lists whose codes begin alike, each once.

    The lists are sorted by code system and code, so that the codes below a prefix are
    neighbours. Runs whose union takes no time are left out.

    Parameters
    ----------
    persons
        How many each list has.
    """
    found: set[tuple[int, int]] = set()
    # For each number of letters, where the codes that begin with the same ones began.
    begun: list[int] = []
    for number in range(len(codes) + 1):
        alike = 0
        if 0 < number < len(codes) and systems[number] == systems[number - 1]:
            alike = _letters_alike(codes[number - 1], codes[number])
        while len(begun) > alike:
            start = begun.pop()
            if number - start >= _FEWEST_LISTS:
                found.add((start, number))
        if number < len(codes):
            begun += [number] * (len(codes[number]) - alike)
    so_far = [0, *accumulate(persons)]
    return [
        range(start, stop)
        for start, stop in sorted(found)
        if so_far[stop] - so_far[start] >= _FEWEST_PERSONS
    ]


def worth_keeping(
    runs: Sequence[range], lengths: Sequence[int], union: Callable[[range], bytes]
) -> dict[range, bytes]:
    """Return the unions of those runs that would have to be read in many bytes else.

    The codes below three letters are often had by different persons, and their union
    is as long as they are: to keep all of them took as much as all codes by themselves.

    Parameters
    ----------
    lengths
        Of the set of each list, in bytes.
    union
        Makes that of a run.
    """
    kept: dict[range, bytes] = {}
    # By where they start: where each stops, and how long it is.
    narrower: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for run in sorted(runs, key=len):
        apart, at = 0, run.start
        while at < run.stop:
            at, length = max(narrower[at], default=(at + 1, lengths[at]))
            apart += length
        made = union(run)
        if apart >= _TIMES * len(made):
            kept[run] = made
            narrower[run.start].append((run.stop, len(made)))
    return dict(sorted(kept.items(), key=lambda each: (each[0].start, each[0].stop)))


def _letters_alike(one: str, other: str) -> int:
    """Return with how many of the same letters two different texts begin."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((place for place, (a, b) in pairs if a != b), shorter)
