"""Sets of persons in one file, each read when it is asked for."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap

from enclave.feasibility.index.cache import Cache
from enclave.feasibility.index.damage import damaged
from enclave.feasibility.index.roaring import (
    BITS,
    serialised,
    serialised_apart,
    serialised_bits,
    set_bits,
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


def bitmaps(ordinals: np.ndarray, stops: np.ndarray) -> Iterator[BitMap]:
    """Yield several sets whose ordinals lie one behind the other, each ascending."""
    written, ends = serialised_apart(ordinals, stops)
    for start, stop in pairwise([0, *ends.tolist()]):
        yield BitMap.deserialize(written[start:stop].view(np.uint8))


def ordinals(persons: BitMap) -> np.ndarray:
    """Return the ordinals of a set, ascending."""
    return np.asarray(persons.to_array())


def those(inside: np.ndarray) -> BitMap:
    """Return the set of the ordinals that are inside."""
    words = no_bits(len(inside))
    words.view(np.uint8)[: -(-len(inside) // 8)] = np.packbits(
        inside, bitorder="little"
    )
    return of_bits(words)


def no_bits(count: int) -> np.ndarray:
    """Return one bit for each of so many ordinals, all zero."""
    return np.zeros(-(-count // BITS) * BITS // 64, np.uint64)


def bits(persons: BitMap, count: int) -> np.ndarray:
    """Return for each ordinal of so many one bit, whether it is in a set."""
    words = no_bits(count)
    set_bits(ordinals(persons), words)
    return words


def of_bits(words: np.ndarray) -> BitMap:
    """Return the set of the ordinals whose bits, of :func:`no_bits`, are one."""
    return BitMap.deserialize(serialised_bits(words).view(np.uint8))


def union(sets: Iterable[BitMap]) -> BitMap:
    """Return who is in any of some sets, of which there may be none."""
    first, *others = [*sets] or [BitMap()]
    return BitMap.union(first, *others) if others else first


class BitmapWriter:
    """Writes bitmaps one behind the other, and remembers where each one lies."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.stops: list[int] = []
        self._at = 0

    def append(self, persons: BitMap) -> None:
        """Write one bitmap."""
        persons.run_optimize()
        self.write(persons.serialize())

    def write(self, serialised: bytes) -> None:
        """Write one bitmap that is serialised already."""
        self._at += self._file.write(serialised)
        self.stops.append(self._at)

    def close(self) -> None:
        """Write out what is left."""
        self._file.close()


class BitmapFile:
    """Bitmaps as :class:`BitmapWriter` wrote them; processes share the pages.

    What was read last is kept, within a bound. Nobody may change it.

    Parameters
    ----------
    persons
        How many there are: no ordinal is as high.
    """

    def __init__(self, path: Path, stops: np.ndarray, persons: int) -> None:
        self._persons = persons
        self._starts: list[int] = [0, *stops.tolist()]
        self._cache = Cache(_KEPT_BYTES)
        self.file: Any = np.frombuffer(b"", np.uint8)
        if len(stops):
            self.file = np.memmap(path, np.uint8, "r").view(np.ndarray)

    def __getitem__(self, number: int) -> BitMap:
        """Return one bitmap.

        Raises
        ------
        IntegrityError
            If it is damaged, or has somebody whom there is not.
        """
        start, stop = self._starts[number], self._starts[number + 1]
        kept: BitMap = self._cache.get(
            number, lambda: self._read(start, stop), lambda _: stop - start
        )
        return kept

    def _read(self, start: int, stop: int) -> BitMap:
        try:
            persons = BitMap.deserialize(self.file[start:stop])
        except ValueError as error:
            raise damaged() from error
        if persons and persons.max() >= self._persons:
            raise damaged()
        return persons


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
