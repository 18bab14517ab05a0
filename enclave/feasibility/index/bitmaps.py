"""Sets of persons in one file, each read when it is asked for."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap

from enclave.feasibility.index.cache import Cache
from enclave.feasibility.index.roaring import (
    BITS,
    serialised,
    serialised_bits,
    set_those,
)


# A union of fewer lists, or of fewer persons, takes too little time to be kept.
_FEWEST_LISTS = 4
_FEWEST_PERSONS = 4_000
# Of the bitmaps of one file. Of a million persons, one takes 125,000 at most.
_KEPT_BYTES = 32 << 20


def bitmap(ordinals: np.ndarray) -> BitMap:
    """Return the set of some ordinals, soonest made of those that ascend."""
    found = np.ascontiguousarray(ordinals, dtype=np.uint32)
    if not (found[1:] > found[:-1]).all():
        found = np.unique(found)
    # Written as it is kept in a file: nothing is read faster.
    return BitMap.deserialize(serialised(found).view(np.uint8))


def ordinals(persons: BitMap) -> np.ndarray:
    """Return the ordinals of a set, ascending."""
    return np.asarray(persons.to_array())


def members(persons: BitMap, count: int) -> np.ndarray:
    """Return per ordinal of so many whether it is in a set."""
    inside = np.zeros(count, dtype=np.bool_)
    set_those(ordinals(persons), inside)
    return inside


def those(inside: np.ndarray) -> BitMap:
    """Return the set of the ordinals that are inside."""
    packed = np.zeros(-(-len(inside) // BITS) * BITS // 8, np.uint8)
    packed[: -(-len(inside) // 8)] = np.packbits(inside, bitorder="little")
    return BitMap.deserialize(serialised_bits(packed.view(np.uint64)).view(np.uint8))


def union(sets: Iterable[BitMap]) -> BitMap:
    """Return who is in any of some sets, of which there may be none."""
    first, *others = [*sets] or [BitMap()]
    return BitMap.union(first, *others) if others else first


class BitmapWriter:
    """Writes bitmaps one behind the other, and remembers where each one lies."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.stops: list[int] = []

    def append(self, persons: BitMap) -> None:
        """Write one bitmap."""
        persons.run_optimize()
        self._file.write(persons.serialize())
        self.stops.append(self._file.tell())

    def close(self) -> None:
        """Write out what is left."""
        self._file.close()


class BitmapFile:
    """Bitmaps as :class:`BitmapWriter` wrote them; processes share the pages.

    What was read last is kept, within a bound. Nobody may change it.
    """

    def __init__(self, path: Path, stops: np.ndarray) -> None:
        self._starts: list[int] = [0, *stops.tolist()]
        self._cache = Cache(_KEPT_BYTES)
        self._mapped: Any = np.empty(0, np.uint8)
        if len(stops):
            self._mapped = np.memmap(path, np.uint8, "r").view(np.ndarray)

    def __getitem__(self, number: int) -> BitMap:
        """Return one bitmap."""
        start, stop = self._starts[number], self._starts[number + 1]
        kept: BitMap = self._cache.get(
            number,
            lambda: BitMap.deserialize(self._mapped[start:stop]),
            lambda _: stop - start,
        )
        return kept


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


def _letters_alike(one: str, other: str) -> int:
    """Return with how many of the same letters two different texts begin."""
    pairs = enumerate(zip(one, other, strict=False))
    shorter = min(len(one), len(other))
    return next((place for place, (a, b) in pairs if a != b), shorter)
