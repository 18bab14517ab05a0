"""The loops over the days near which an event must lie, person by person."""

from typing import NamedTuple

import numba
import numpy as np

from enclave.feasibility.index.compiled import (
    compiled,
    number_of_ones,
    signed,
    unsigned,
)


# So many numbers are sorted soonest one by one.
_FEW = 32
# No day comes before the one, and none after the other.
EARLIEST, LATEST = np.iinfo(np.int32).min, np.iinfo(np.int32).max


class Ranks(NamedTuple):
    """Numbers without gaps for the persons who are wanted, in their order.

    Attributes
    ----------
    wanted
        By ordinal one bit.
    before
        How many are wanted before each word of bits.
    """

    wanted: np.ndarray
    before: np.ndarray


class Anchors(NamedTuple):
    """Stretches of days near which an event must lie, of the wanted in a shard.

    Attributes
    ----------
    ranks, first_rank
        Numbers for persons, and that of the first in the shard.
    low, high
        The first and the last day of all stretches of a person; the first one comes
        after the last one where a person has none.
    begins, stops
        Where the stretches of a person lie in ``first`` and ``last``; the first place
        is nobody's.
    first, last
        The days of each; both ascend. A stretch that ends before one that began before
        it is as long as that one, which changes nothing about which days are near.
    """

    ranks: Ranks
    first_rank: int
    low: np.ndarray
    high: np.ndarray
    begins: np.ndarray
    stops: np.ndarray
    first: np.ndarray
    last: np.ndarray


_NO_DAYS, _NO_PLACES = np.empty(0, np.int32), np.empty(0, np.uint32)
NO_ANCHORS = Anchors(
    Ranks(np.empty(0, np.uint64), np.empty(0, np.int64)),
    0,
    _NO_DAYS,
    _NO_DAYS,
    _NO_PLACES,
    _NO_PLACES,
    _NO_DAYS,
    _NO_DAYS,
)


@compiled
def ranks_of(wanted: np.ndarray) -> Ranks:
    """Give the persons who are wanted numbers."""
    before = np.empty(len(wanted) + 1, np.int64)
    before[0] = 0
    for word in range(len(wanted)):
        before[word + 1] = before[word] + signed(number_of_ones(wanted[word]))
    return Ranks(wanted, before)


@numba.njit(inline="always")
def rank_of(person: np.uint64, wanted: np.ndarray, before: np.ndarray) -> np.uint64:
    """Return the number of a person who is wanted."""
    word, bit = person >> unsigned(6), person & unsigned(63)
    below = wanted[word] & ((unsigned(1) << bit) - unsigned(1))
    rank: np.uint64 = unsigned(before[word]) + number_of_ones(below)
    return rank


@compiled
def count_days(person: np.ndarray, anchors: Anchors, who: np.ndarray) -> None:
    """Count the stretches of each person in ``stops``.

    Parameters
    ----------
    who
        Room for the number of the person of each stretch.
    """
    (wanted, before), first_rank, _, _, _, stops, _, _ = anchors
    for i in range(len(person)):
        rank = rank_of(unsigned(person[i]), wanted, before) - unsigned(first_rank)
        who[i] = rank
        stops[rank] += np.uint32(1)


@compiled
def make_room(anchors: Anchors) -> None:
    """Turn numbers into where the stretches of each person lie."""
    _, _, _, _, begins, stops, _, _ = anchors
    at = np.uint32(1)
    for rank in range(len(stops)):
        begins[rank], stops[rank], at = at, at, at + stops[rank]


@compiled
def gather_days(
    who: np.ndarray,
    days: tuple[np.ndarray, np.ndarray],
    anchors: Anchors,
    unsorted: tuple[np.ndarray, int],
) -> int:
    """Put each stretch behind the last ones of its person.

    Parameters
    ----------
    unsorted
        Room for those of whom both days do not ascend, and how many are known.

    Returns
    -------
    int
        How many are known now, some of them twice.
    """
    _, _, _, _, begins, stops, first, last = anchors
    (others, known), (from_day, to_day) = unsorted, days
    found, one = unsigned(known), unsigned(1)
    for i in range(len(who)):
        rank = unsigned(who[i])
        place = unsigned(stops[rank])
        stops[rank] = place + one
        # Without a branch: who has several cannot be foreseen.
        later = place > begins[rank]
        day, until, before = from_day[i], to_day[i], place - one
        others[found] = rank
        found += unsigned(later & ((first[before] > day) | (last[before] > until)))
        first[place], last[place] = day, until
    return signed(found)


@compiled
def put_in_order(who: np.ndarray, anchors: Anchors) -> None:
    """Put the stretches of some persons in order; note the ends of everybody's."""
    _, _, low, high, begins, stops, firsts, lasts = anchors
    for rank in who:
        begin, stop = signed(begins[rank]), signed(stops[rank])
        first, last = firsts[begin:stop], lasts[begin:stop]
        if len(first) > _FEW:
            order = np.argsort(first)
            first[:], last[:] = first[order], last[order]
        else:
            _sort_few(first, last)
        for place in range(1, len(first)):
            last[place] = max(last[place], last[place - 1])
    for which in range(len(stops)):
        # Who has none begins where somebody else does, or where all end.
        start, end = unsigned(begins[which]), unsigned(stops[which])
        has_some = start < end
        low[which] = firsts[start] if has_some else LATEST
        high[which] = lasts[end - unsigned(1)] if has_some else EARLIEST


@compiled
def _sort_few(first: np.ndarray, last: np.ndarray) -> None:
    for place in range(1, len(first)):
        day, until, at = first[place], last[place], place
        while at > 0 and first[at - 1] > day:
            first[at], last[at] = first[at - 1], last[at - 1]
            at -= 1
        first[at], last[at] = day, until


@compiled
def near(person: np.ndarray, day: np.ndarray, anchors: Anchors) -> np.ndarray:
    """Return which events lie in a stretch of their person."""
    (wanted, before), first_rank, _, _, begins, stops, first, last = anchors
    met = np.zeros(len(person), dtype=np.bool_)
    for i in range(len(person)):
        rank = rank_of(unsigned(person[i]), wanted, before) - unsigned(first_rank)
        begin, stop = signed(begins[rank]), signed(stops[rank])
        # The first stretch that does not end before the day: if not this, none.
        begin += np.searchsorted(last[begin:stop], day[i])
        met[i] = begin < stop and first[begin] <= day[i]
    return met
