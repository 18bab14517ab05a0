"""Sets of persons in one file, each read when it is asked for."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from pyroaring import BitMap

from enclave.feasibility.index.blocks import checksum
from enclave.feasibility.index.cache import Cache
from enclave.feasibility.index.damage import damaged
from enclave.feasibility.index.roaring import (
    BITS,
    serialised,
    serialised_apart,
    serialised_bits,
    set_bits,
)


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


class BitmapFile:
    """Bitmaps one behind the other in a file; processes share the pages.

    What was read last is kept, within a bound. Nobody may change it.

    Parameters
    ----------
    bounds
        Where the first one begins, and where each stops.
    checks
        The checksum of each.
    persons
        How many there are: no ordinal is as high.
    """

    def __init__(
        self, file: np.ndarray, bounds: np.ndarray, checks: np.ndarray, persons: int
    ) -> None:
        self._file = file
        self._bounds: list[int] = bounds.tolist()
        self._checks: list[int] = checks.tolist()
        self._persons = persons
        self._cache = Cache(_KEPT_BYTES)

    def __getitem__(self, number: int) -> BitMap:
        """Return one bitmap.

        Raises
        ------
        IntegrityError
            If it is damaged, or has somebody whom there is not.
        """
        start, stop = self._bounds[number], self._bounds[number + 1]
        kept: BitMap = self._cache.get(
            number, lambda: self._read(number), lambda _: stop - start
        )
        return kept

    def union(self, name: Hashable, numbers: Callable[[], list[int]]) -> BitMap:
        """Return who is in any of some bitmaps, which is kept under a name.

        Where codes begin alike, it is asked for again and again.
        """
        kept: BitMap = self._cache.get(
            ("union", name),
            lambda: union(self[number] for number in numbers()),
            lambda made: len(made.serialize()),
        )
        return kept

    def check(self, number: int) -> Any:
        """Return the bytes of a bitmap, once they are known to be those written.

        Raises
        ------
        IntegrityError
            If they are not.
        """
        found = self._file[self._bounds[number] : self._bounds[number + 1]]
        if checksum(found) != self._checks[number]:
            raise damaged()
        return found

    def _read(self, number: int) -> BitMap:
        try:
            persons = BitMap.deserialize(self.check(number))
        except ValueError as error:
            raise damaged() from error
        if persons and persons.max() >= self._persons:
            raise damaged()
        return persons
