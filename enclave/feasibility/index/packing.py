"""The columns of a list of events as few bits as they need, and the loops over them.

A list is sorted by person, day and detail. Its bitmap says who is in it, so that one
bit per event is enough to say whose it is: whether it is the first one of the next
person. Days and details are numbers of a fixed width, one behind the other; a number
may lie across two words of 64 bits, so that a word must follow the last one.
"""

import numba
import numpy as np

from enclave.feasibility.index.compiled import compiled, lowest_bit
from enclave.feasibility.index.kernels import NEVER


WORD = 64


def words_of(numbers: np.ndarray | int, width: np.ndarray | int) -> np.ndarray:
    """Return how many words so many numbers of a width take."""
    return (np.asarray(numbers, np.int64) * width + (WORD - 1)) // WORD


@numba.njit(inline="always")
def number_at(words: np.ndarray, place: int, width: int) -> np.uint64:
    """Return one number of a column."""
    bit = np.uint64(place) * np.uint64(width)
    word, shift = bit >> np.uint64(6), bit & np.uint64(63)
    # In two steps: no word can be shifted by all its bits.
    above = (words[word + np.uint64(1)] << np.uint64(1)) << (np.uint64(63) - shift)
    mask = (np.uint64(1) << np.uint64(width)) - np.uint64(1)
    number: np.uint64 = ((words[word] >> shift) | above) & mask
    return number


@compiled
def _put(words: np.ndarray, place: int, width: int, number: np.uint64) -> None:
    bit = np.uint64(place * width)
    word, shift = bit >> np.uint64(6), bit & np.uint64(63)
    words[word] |= number << shift
    if shift + np.uint64(width) > np.uint64(64):
        words[word + np.uint64(1)] |= number >> (np.uint64(64) - shift)


@compiled
def pack(
    events: np.ndarray,
    shifts: tuple[int, int],
    widths: tuple[int, int],
    columns: tuple[np.ndarray, np.ndarray, np.ndarray],
    who: np.ndarray,
) -> int:
    """Write sorted events as columns of zeros so far; return how many persons have any.

    Parameters
    ----------
    events
        Person, day and detail in one number each.
    shifts
        Where person and day begin in it.
    widths
        Bits of a day and of a detail in the columns.
    who
        Room for the persons, each once.
    """
    firsts, days, details = columns
    found = 0
    in_day = (np.uint64(1) << np.uint64(shifts[0] - shifts[1])) - np.uint64(1)
    in_detail = (np.uint64(1) << np.uint64(shifts[1])) - np.uint64(1)
    before = np.uint64(0)
    for i in range(len(events)):
        event = events[i]
        person = event >> np.uint64(shifts[0])
        if i == 0 or person != before:
            firsts[i >> 6] |= np.uint64(1) << np.uint64(i & 63)
            who[found] = person
            found += 1
            before = person
        if widths[0] > 0:
            _put(days, i, widths[0], (event >> np.uint64(shifts[1])) & in_day)
        if widths[1] > 0:
            _put(details, i, widths[1], event & in_detail)
    return found


@compiled
def spans(
    who: np.ndarray,
    firsts: np.ndarray,
    part: tuple[int, int, int],
    wanted: np.ndarray,
    out: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[int, int]:
    """Find where the events of each person lie in a part of a list.

    Parameters
    ----------
    who
        The persons of the list.
    part
        The first event, the one after the last, and how many persons came before.
    wanted
        Per ordinal whether the person is meant; empty for everybody.
    out
        Room for persons, their first events and the ones after their last.

    Returns
    -------
    tuple
        How many persons were found, and how many came before the next event.
    """
    start, stop, persons = part
    person, begin, end = out
    some, found, word, at = len(wanted) > 0, 0, start >> 6, start
    left = firsts[word] >> np.uint64(start & 63) << np.uint64(start & 63)
    while at < stop:
        while left == 0 and (word + 1) << 6 < stop:
            word += 1
            left = firsts[word]
        until = stop
        if left != 0:
            until = min(stop, (word << 6) + int(lowest_bit(left)))
            left &= left - np.uint64(1)
        # What comes before the first one of the next person is of the one before.
        if until > at and (not some or wanted[who[persons - 1]]):
            person[found], begin[found], end[found] = who[persons - 1], at, until
            found += 1
        persons += until < stop
        at = until
    return found, persons


@compiled
def read(  # noqa: C901 - calls would cost as much as what the loop does
    places: tuple[np.ndarray, np.ndarray, np.ndarray],
    columns: tuple[np.ndarray, np.ndarray],
    widths: tuple[int, int],
    asked: tuple[np.ndarray, int, int, bool],
    window: tuple[np.ndarray, int, int],
    out: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> int:
    """Write the events of some persons that are meant one behind the other.

    Parameters
    ----------
    places, columns
        Where persons have their events, as :func:`spans` found it; days and details.
    asked
        Whether a detail is meant, empty where each is; the first and the last day that
        count, as the column has them; whether a person's first event is enough.
    window
        Origin of each person and the first and last day after it; empty without one.
    out
        Persons, days and details; no room for details where nobody asks for them.
    """
    days, details = columns
    day_bits, detail_bits = widths
    allowed, lowest, highest, once = asked
    origin, from_days, to_days = window
    some, windowed, wished = len(allowed) > 0, len(origin) > 0, len(out[2]) > 0
    low, high, found, detail = lowest, highest, 0, np.uint64(0)
    for number in range(len(places[0])):
        person = places[0][number]
        if windowed:
            if origin[person] == NEVER:
                continue
            start = int(origin[person])
            low, high = max(lowest, start + from_days), min(highest, start + to_days)
        for i in range(places[1][number], places[2][number]):
            day = np.int64(number_at(days, i, day_bits))
            if day < low or day > high:
                continue
            if some or wished:
                detail = number_at(details, i, detail_bits)
            if some and not allowed[detail]:
                continue
            if wished:
                out[2][found] = detail
            out[0][found], out[1][found] = person, day
            found += 1
            if once:
                break
    return found
