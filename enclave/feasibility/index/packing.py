"""The columns of a list of events in as few bits as they need.

A list is sorted by person, day and detail. Its bitmap says who is in it, so that one
bit per event is enough to say whose it is: whether it is the first one of the next
person. Days and details are numbers of a fixed width, one behind the other; a number
may lie across two words of 64 bits, so that a word must follow the last one.
"""

import numba
import numpy as np

from enclave.feasibility.index.compiled import (
    compiled,
    lowest_bit,
    number_of_ones,
    unsigned,
    word_at,
)
from enclave.feasibility.index.roaring import serialised_apart


WORD = 64
_AT_ONCE = 8
# How many places of ones a word may come to, with some behind that are none.
IN_WORD = WORD + _AT_ONCE


def words_of(numbers: np.ndarray | int, width: np.ndarray | int) -> np.ndarray:
    """Return how many words so many numbers of a width take."""
    return (np.asarray(numbers, np.int64) * width + (WORD - 1)) // WORD


@numba.njit(inline="always")
def number_at(
    file: np.ndarray, start: int, place: int | np.uint64, width: int
) -> np.uint64:
    """Return one number, of at most 57 bits, of a column that starts at a byte."""
    bit = np.uint64(place) * np.uint64(width)
    word = word_at(file, np.uint64(start) + (bit >> np.uint64(3)))
    mask = (np.uint64(1) << np.uint64(width)) - np.uint64(1)
    number: np.uint64 = (word >> (bit & np.uint64(7))) & mask
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
def _bits_of(details: int) -> int:
    """Return how many bits the numbers of so many details take."""
    bits = 0
    while details > (1 << bits):
        bits += 1
    return bits


@compiled
def _lengths(bounds: np.ndarray, day_bits: int, counts: np.ndarray) -> np.ndarray:
    """Return how many words the columns of each list take, and its details."""
    lengths = np.zeros((len(counts), 4), np.int64)
    for number in range(len(counts)):
        length = bounds[number + 1] - bounds[number]
        for column, bits in enumerate((1, day_bits, _bits_of(counts[number]))):
            lengths[number, column] = (length * bits + (WORD - 1)) // WORD
        lengths[number, 3] = (counts[number] + 1) // 2
    return lengths


@compiled
def pack_lists(
    events: np.ndarray,
    bounds: np.ndarray,
    widths: tuple[tuple[int, int], int],
    details: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Write several lists, each sorted, one behind the other.

    Of each list come whose its events are, their days, the numbers of their details,
    and the details that have those numbers, in words of 64 bits.

    Parameters
    ----------
    bounds
        Where each list starts, and where the last one stops.
    widths
        Where person and day begin in an event, and the bits of a day.
    details
        Of each list, one behind the other; and how many each has.

    Returns
    -------
    tuple
        The words; where each list stops in them; where the persons of each stop; their
        sets; and where each set stops.
    """
    shifts, day_bits = widths
    numbers, counts = details
    lists, lengths = len(counts), _lengths(bounds, day_bits, counts)
    ends = np.cumsum(lengths.sum(axis=1))
    words = np.zeros(ends[-1] if lists > 0 else 0, np.uint64)
    halves = words.view(np.uint32)
    who, stops = np.empty(len(events), np.uint32), np.zeros(lists, np.int64)
    found, at = 0, 0
    for number in range(lists):
        days = ends[number] - lengths[number, 1:].sum()
        own = ends[number] - lengths[number, 3]
        columns = (
            words[ends[number] - lengths[number].sum() : days],
            words[days : days + lengths[number, 1]],
            words[own - lengths[number, 2] : own],
        )
        bits = (day_bits, _bits_of(counts[number]))
        part = events[bounds[number] : bounds[number + 1]]
        found += pack(part, shifts, bits, columns, who[found:])
        halves[2 * own : 2 * own + counts[number]] = numbers[at : at + counts[number]]
        stops[number], at = found, at + counts[number]
    sets, set_ends = serialised_apart(who[:found], stops)
    return words, ends, stops, sets, set_ends


@compiled
def sort_lists(events: np.ndarray, bounds: np.ndarray) -> None:
    """Sort each of several lists."""
    for number in range(len(bounds) - 1):
        events[bounds[number] : bounds[number + 1]].sort()


@compiled
def find_begins(
    firsts: np.ndarray,
    lies: tuple[int, int],
    places: np.ndarray,
    out: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> bool:
    """Write where the events of some persons begin and stop, unless it is damaged.

    Parameters
    ----------
    lies
        The byte of the column at which the list starts, and the number of its events.
    places
        Those of the persons in the list, which ascend.
    out
        Room for both, and for :data:`IN_WORD` numbers.

    Returns
    -------
    bool
        False if the column has not so many persons, or not in order.
    """
    start, events = unsigned(lies[0]), unsigned(lies[1])
    begins, stops, ones = out
    one, words = unsigned(1), (events + unsigned(WORD - 1)) >> unsigned(6)
    word, at, following = unsigned(0), unsigned(0), unsigned(0)
    # Of one word, whose first one is of the person at ``at``: is it spread out?
    held = word_at(firsts, start)
    count, spread = number_of_ones(held), False
    for number in range(len(places)):
        place = unsigned(places[number])
        if place < following:
            return False
        following = place + one
        while at + count <= place:
            at, word, spread = at + count, word + one, False
            if word >= words:
                return False
            held = word_at(firsts, start + unsigned(8) * word)
            count = number_of_ones(held)
        if not spread:
            spread = _spread(held, ones)
        bit = word << unsigned(6)
        stop = bit + unsigned(ones[following - at])
        if following - at >= count:
            stop = _next_one(firsts, start, (word + one, words), events)
        begins[number], stops[number] = bit + unsigned(ones[place - at]), stop
        if not begins[number] < stop <= events:
            return False
    return True


@compiled
def _spread(word: np.uint64, ones: np.ndarray) -> bool:
    """Write the places of the bits that are one, and then whatever; it is done then."""
    at, count = unsigned(0), number_of_ones(word)
    while at < count:
        # Several at once, whether there are as many or not: a loop that ends where
        # nobody can foresee it takes longer.
        for step in range(_AT_ONCE):
            ones[at + unsigned(step)] = lowest_bit(word)
            word &= word - unsigned(1)
        at += unsigned(_AT_ONCE)
    return True


@compiled
def _next_one(
    firsts: np.ndarray,
    start: np.uint64,
    words: tuple[np.uint64, np.uint64],
    events: np.uint64,
) -> np.uint64:
    """Return where the next person begins, from some word on, or where all end."""
    word, last = words
    while word < last:
        found = word_at(firsts, start + (word << unsigned(3)))
        if found != 0:
            begin: np.uint64 = (word << unsigned(6)) + lowest_bit(found)
            return begin
        word += unsigned(1)
    return events
