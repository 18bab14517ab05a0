"""Sets of persons as bitmaps, as ordinals, and as one bit for each person."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from pyroaring import BitMap

from enclave.feasibility.index.roaring import (
    BITS,
    serialised,
    serialised_apart,
    serialised_bits,
    set_bits,
)


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
