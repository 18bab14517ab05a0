"""Who is in a set of ordinals, and at which place: read where it lies in its file.

The format is that of :mod:`enclave.feasibility.index.roaring`, in which a container may
also be a list of runs. A file may be damaged: nothing outside of it is ever read, and
nothing outside of the room is written.
"""

from typing import NamedTuple

import numba
import numpy as np

from enclave.feasibility.index.compiled import (
    compiled,
    half_at,
    lowest_bit,
    number_of_32_bits_at,
    number_of_ones,
    signed,
    unsigned,
    word_at,
)
from enclave.feasibility.index.damage import DAMAGED
from enclave.feasibility.index.roaring import (
    BITS,
    COOKIE,
    COOKIE_WITH_RUNS,
    MOST_IN_ARRAY,
)


_MOST_BYTES = BITS // 8
# With fewer containers and runs, nothing says where each container begins.
_FEWEST_WITH_OFFSETS = 4
# So many ones of a word are written at a time.
_AT_ONCE = 4
# How much longer than the persons of a shard the room for them must be.
MORE = BITS + _AT_ONCE


class Persons(NamedTuple):
    """Whom a loop is about.

    Attributes
    ----------
    start, stop
        Ordinals of a shard; its start is a multiple of 64.
    wanted
        By ordinal one bit, whether anybody asks; empty for everybody.
    """

    start: int
    stop: int
    wanted: np.ndarray


class Places(NamedTuple):
    """Room for the persons that a loop finds, and their places in a list.

    It is longer than the persons of a shard by :data:`MORE`.
    """

    who: np.ndarray
    place: np.ndarray


@compiled
def find_persons(  # noqa: C901 - every container is checked
    file: np.ndarray, lies: tuple[int, int], persons: Persons, out: Places
) -> int:
    """Write who of some persons is in a set; return how many, or that it is damaged."""
    at, stop = lies
    containers, runs, described, at = _header(file, at, stop)
    found, before = 0, 0
    for number in range(containers):
        key = signed(half_at(file, described + 4 * number))
        count = signed(half_at(file, described + 4 * number + 2)) + 1
        low, is_runs = key * BITS, False
        if runs > 0:
            is_runs = (file[runs + (number >> 3)] >> np.uint8(number & 7)) & 1 == 1
        length = 0 if is_runs else min(2 * count, _MOST_BYTES)
        if is_runs and at + 2 <= stop:
            length = 2 + 4 * signed(half_at(file, at))
        if length == 0 or at + length > stop or found + count + _AT_ONCE > len(out.who):
            return DAMAGED
        if low >= persons.stop:
            break
        if low + BITS > persons.start:
            place = (at, count, low, before)
            if is_runs:
                found = _from_runs(file, place, persons, out, found)
            elif count <= MOST_IN_ARRAY:
                found = _from_array(file, place, persons, out, found)
            else:
                found = _from_bits(file, place, persons, out, found)
            if found < 0:
                return DAMAGED
        before += count
        at += length
    return found if containers >= 0 else DAMAGED


@compiled
def _header(file: np.ndarray, start: int, stop: int) -> tuple[int, int, int, int]:
    """Return how many containers there are, and where what is said of them begins.

    Returns
    -------
    tuple
        The number, or that it is damaged; where it says which are runs (0 if none is);
        their keys and numbers of ordinals; and the first one.
    """
    if start < 0 or stop > len(file) or stop - start < 8:
        return DAMAGED, 0, 0, 0
    cookie = signed(number_of_32_bits_at(file, start))
    runs = 0
    if cookie & 0xFFFF == COOKIE_WITH_RUNS:
        containers, runs = (cookie >> 16) + 1, start + 4
        described = runs + (containers + 7) // 8
        offsets = containers if containers >= _FEWEST_WITH_OFFSETS else 0
    elif cookie == COOKIE:
        containers = signed(number_of_32_bits_at(file, start + 4))
        described, offsets = start + 8, containers
    else:
        return DAMAGED, 0, 0, 0
    first = described + 4 * containers + 4 * offsets
    return (containers if first <= stop else DAMAGED), runs, described, first


@numba.njit(inline="always")
def _is_wanted(wanted: np.ndarray, ordinal: np.uint64) -> np.uint64:
    if len(wanted) == 0:
        return unsigned(1)
    bit = ordinal & unsigned(63)
    is_one: np.uint64 = (wanted[ordinal >> unsigned(6)] >> bit) & unsigned(1)
    return is_one


@compiled
def _from_array(
    file: np.ndarray,
    container: tuple[int, int, int, int],
    persons: Persons,
    out: Places,
    found: int,
) -> int:
    at, count, low, before = container
    start, stop, wanted = persons
    who, places = out
    first = 0
    if low < start:
        last = count
        while first < last:
            middle = (first + last) // 2
            if low + signed(half_at(file, at + 2 * middle)) < start:
                first = middle + 1
            else:
                last = middle
    kept, length = unsigned(found), unsigned(stop - start)
    for i in range(first, count):
        ordinal = unsigned(low) + half_at(file, at + 2 * i)
        # What does not ascend is damaged, and may lie before the first one.
        if ordinal - unsigned(start) >= length:
            break
        # Without a branch: who is wanted cannot be foreseen.
        who[kept], places[kept] = ordinal, before + i
        kept += _is_wanted(wanted, ordinal)
    return signed(kept)


@compiled
def _from_bits(
    file: np.ndarray,
    container: tuple[int, int, int, int],
    persons: Persons,
    out: Places,
    found: int,
) -> int:
    at, count, low, before = container
    start, stop, wanted = persons
    kept, begun, one = unsigned(found), before, unsigned(1)
    for number in range(BITS // 64):
        ordinal, word = low + 64 * number, word_at(file, at + 8 * number)
        ones = signed(number_of_ones(word))
        if ordinal >= stop:
            break
        if before + ones - begun > count:
            return DAMAGED
        if ordinal >= start:
            left = word
            if len(wanted) > 0:
                left &= wanted[ordinal >> 6]
            if stop - ordinal < 64:
                left &= (one << np.uint64(stop - ordinal)) - one
            kept = _write_ones(word, left, (ordinal, before), out, kept)
        before += ones
    return signed(kept)


@compiled
def _write_ones(
    word: np.uint64,
    left: np.uint64,
    begins: tuple[int, int],
    out: Places,
    kept: np.uint64,
) -> np.uint64:
    """Write some of the ones of a word; return where they end.

    Parameters
    ----------
    begins
        The ordinal of its first bit, and the place of its first one.
    """
    (ordinal, before), (who, places), one = begins, out, unsigned(1)
    stop: np.uint64 = kept + number_of_ones(left)
    while kept < stop:
        # Several at once, whether there are as many or not.
        for step in range(_AT_ONCE):
            bit = lowest_bit(left)
            who[kept + unsigned(step)] = unsigned(ordinal) + bit
            below = number_of_ones(word & ((one << bit) - one))
            places[kept + unsigned(step)] = unsigned(before) + below
            left &= left - one
        kept += unsigned(_AT_ONCE)
    return stop


@compiled
def _from_runs(
    file: np.ndarray,
    container: tuple[int, int, int, int],
    persons: Persons,
    out: Places,
    found: int,
) -> int:
    at, count, low, before = container
    start, stop, wanted = persons
    who, places = out
    done = 0
    for number in range(signed(half_at(file, at))):
        first = low + signed(half_at(file, at + 2 + 4 * number))
        length = signed(half_at(file, at + 4 + 4 * number)) + 1
        if done + length > count:
            return DAMAGED
        for ordinal in range(max(first, start), min(first + length, stop)):
            who[found], places[found] = ordinal, before + done + ordinal - first
            found += signed(_is_wanted(wanted, unsigned(ordinal)))
        done += length
    return found
