"""Sets of persons in memory: of few a bitmap, of many one bit for everybody.

A roaring bitmap holds up to 4,096 of 65,536 persons as a list. To take a list out of
another set, or to count whom both have, takes a step for each person; of bits, a
processor takes 512 at once. So a set of one person in 64 or more, which as bits takes
at most four times the room of such a list, is held as bits.
"""

from collections.abc import Iterable
from functools import reduce

import numpy as np
from pyroaring import BitMap

from enclave.feasibility.index.bitmaps import bitmap, no_bits, of_bits, ordinals
from enclave.feasibility.index.roaring import set_bits
from enclave.feasibility.index.words import (
    clear_bits,
    number_of,
    number_of_both,
    number_of_those,
    those_whose_bits,
    without,
)


# Of so many persons one at least is in a set that is held as bits.
MANY = 64
# Bytes of a set of nobody, about.
_OVERHEAD = 64


class Members:
    """Who of so many persons is in a set. Nothing ever changes it.

    Sets that are put together are of the same persons.

    Parameters
    ----------
    held
        The set, as a bitmap or as one bit for each ordinal; see :meth:`of`.
    among
        How many persons there are: no ordinal is as high.
    """

    __slots__ = ("_among", "_held", "_number")

    def __init__(self, held: BitMap | np.ndarray, among: int) -> None:
        self._held, self._among = held, among
        self._number: int | None = None

    @classmethod
    def of(cls, persons: BitMap, among: int) -> "Members":
        """Hold a set as it is best held."""
        if len(persons) * MANY < among:
            return cls(persons, among)
        return cls(_with(no_bits(among), persons), among)

    @classmethod
    def of_words(cls, words: np.ndarray, among: int) -> "Members":
        """Hold the set of the ordinals whose bits are one."""
        found = cls(words, among)
        return cls(of_bits(words), among) if len(found) * MANY < among else found

    @classmethod
    def of_ordinals(cls, who: np.ndarray, among: int) -> "Members":
        """Hold the set of some ordinals, which ascend."""
        if len(who) * MANY < among:
            return cls(bitmap(who), among)
        words = no_bits(among)
        set_bits(who, words)
        return cls(words, among)

    @property
    def bitmap(self) -> BitMap:
        """The set as a bitmap."""
        held = self._held
        return held if isinstance(held, BitMap) else of_bits(held)

    @property
    def words(self) -> np.ndarray:
        """The set as one bit for each ordinal. Nobody may change them."""
        held = self._held
        return _with(no_bits(self._among), held) if isinstance(held, BitMap) else held

    @property
    def ordinals(self) -> np.ndarray:
        """The ordinals of the set, ascending."""
        return ordinals(self.bitmap)

    @property
    def nbytes(self) -> int:
        """How many bytes it takes, about."""
        if not isinstance(self._held, BitMap):
            return self._held.nbytes
        found = self._held.get_statistics()
        return (
            found["n_bytes_array_containers"]
            + found["n_bytes_run_containers"]
            + found["n_bytes_bitset_containers"]
            + _OVERHEAD
        )

    def __len__(self) -> int:
        """Return how many they are."""
        if self._number is None:
            held = self._held
            self._number = len(held) if isinstance(held, BitMap) else number_of(held)
        return self._number

    def __and__(self, other: "Members") -> "Members":
        """Return who is in both."""
        one, two = self._held, other._held
        if isinstance(one, BitMap):
            if isinstance(two, BitMap):
                return Members(one & two, self._among)
            return self._of_few(one, two, are=1)
        if isinstance(two, BitMap):
            return self._of_few(two, one, are=1)
        return Members(one & two, self._among)

    def __sub__(self, other: "Members") -> "Members":
        """Return who is not in the other."""
        one, two = self._held, other._held
        if isinstance(one, BitMap):
            if isinstance(two, BitMap):
                return Members(one - two, self._among)
            return self._of_few(one, two, are=0)
        if not isinstance(two, BitMap):
            return Members(without(one, two), self._among)
        words = one.copy()
        clear_bits(ordinals(two), words)
        return Members(words, self._among)

    def __or__(self, other: "Members") -> "Members":
        """Return who is in either."""
        return union((self, other), self._among)

    def number_also_in(self, other: "Members") -> int:
        """Return how many are in both, without writing down who."""
        one, two = self._held, other._held  # noqa: SLF001 - its own class
        if isinstance(one, BitMap) and isinstance(two, BitMap):
            return one.intersection_cardinality(two)
        number: int
        if isinstance(one, BitMap):
            number = number_of_those(ordinals(one), two)
        elif isinstance(two, BitMap):
            number = number_of_those(ordinals(two), one)
        else:
            number = number_of_both(one, two)
        return number

    def _of_few(self, few: BitMap, many: np.ndarray, *, are: int) -> "Members":
        who = those_whose_bits(ordinals(few), many, are)
        return Members(bitmap(who), self._among)


def everybody(among: int) -> Members:
    """Return the set of so many persons."""
    return Members.of_ordinals(np.arange(among, dtype=np.uint32), among)


def union(sets: Iterable[Members], among: int) -> Members:
    """Return who of so many persons is in any of some sets, which may be none."""
    given = [*sets]
    if len(given) == 1:
        return given[0]
    held = [each._held for each in given]  # noqa: SLF001 - their own module
    few = [each for each in held if isinstance(each, BitMap)]
    many = [each for each in held if not isinstance(each, BitMap)]
    joined = BitMap.union(*few) if few else BitMap()
    if not many:
        return Members.of(joined, among)
    return Members(_with(reduce(np.bitwise_or, many, no_bits(among)), joined), among)


def _with(words: np.ndarray, persons: BitMap) -> np.ndarray:
    """Set the bits of some persons, in words that are nobody else's yet."""
    set_bits(ordinals(persons), words)
    return words
