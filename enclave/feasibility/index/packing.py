"""The columns of a list of events in as few bits as they need.

A list is sorted by person, day and detail. Its bitmap says who is in it, so that one
bit per event is enough to say whose it is: whether it is the first one of the next
person. Days and details are numbers of a fixed width, one behind the other; a number
may lie across two words of 64 bits, so that a word must follow the last one.
"""

import numba
import numpy as np

from enclave.feasibility.index.compiled import compiled, lowest_bit, number_of_ones


WORD = 64


def words_of(numbers: np.ndarray | int, width: np.ndarray | int) -> np.ndarray:
    """Return how many words so many numbers of a width take."""
    return (np.asarray(numbers, np.int64) * width + (WORD - 1)) // WORD


@numba.njit(inline="always")
def number_at(words: np.ndarray, place: int, width: int) -> np.uint64:
    """Return one number of a column."""
    if width == 0:
        return np.uint64(0)
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
def begin_of(firsts: np.ndarray, number: int, events: int) -> int:
    """Return where the events of a person begin, who is so many places into a list."""
    before = 0
    for word in range((events + WORD - 1) // WORD):
        ones = int(number_of_ones(firsts[word]))
        if before + ones > number:
            left = firsts[word]
            for _ in range(number - before):
                left &= left - np.uint64(1)
            return word * WORD + int(lowest_bit(left))
        before += ones
    return events


@compiled
def find_begins(firsts: np.ndarray, part: tuple[int, int], begins: np.ndarray) -> None:
    """Write where the events of each person begin, in a part of a list, and its end."""
    start, stop = part
    found = 0
    for word in range(start // WORD, (stop + WORD - 1) // WORD):
        left = firsts[word]
        if word == start // WORD:
            left = left >> np.uint64(start % WORD) << np.uint64(start % WORD)
        while left != 0 and found < len(begins) - 1:
            begins[found] = word * WORD + int(lowest_bit(left))
            found += 1
            left &= left - np.uint64(1)
    begins[found] = stop
