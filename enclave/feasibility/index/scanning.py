"""The loop over the events of a list: which are meant, and what becomes of them."""

from typing import NamedTuple

import numpy as np

from enclave.feasibility.index.compiled import compiled
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.packing import number_at


NO_LOOKUP = np.empty(0, dtype=np.bool_)
_NOBODY = np.empty(0, np.uint32)
_NO_DAYS = np.empty(0, np.int32)


class Rows(NamedTuple):
    """A part of a list of events, sorted by person and day, as its files have it.

    Attributes
    ----------
    who, begins
        Its persons, and where the events of each begin; one more for the end.
    base
        Day that days count from, itself in days since 1970.
    """

    who: np.ndarray
    begins: np.ndarray
    days: np.ndarray
    details: np.ndarray
    day_bits: int
    detail_bits: int
    base: int


class Window(NamedTuple):
    """Days from one to another after each person's origin, both included."""

    origin: np.ndarray
    from_days: int
    to_days: int


class Anchors(NamedTuple):
    """Days near which an event must lie: those of the persons of a shard.

    Attributes
    ----------
    start
        First ordinal of the shard.
    stops
        Where those of each person stop in ``first`` and ``last``.
    first, last
        From which day to which one an event is near.
    """

    start: int
    stops: np.ndarray
    first: np.ndarray
    last: np.ndarray


class Chosen(NamedTuple):
    """Persons of a list, and between which days their events are asked for.

    Attributes
    ----------
    places
        In the list.
    low, high
        Both included; where the first comes after the second, nothing is asked for.
    """

    places: np.ndarray
    low: np.ndarray
    high: np.ndarray


NO_WINDOW = Window(_NO_DAYS, 0, 0)
NO_ANCHORS = Anchors(0, _NOBODY, _NO_DAYS, _NO_DAYS)


@compiled
def choose(who: np.ndarray, wanted: np.ndarray, places: np.ndarray) -> int:
    """Write the places of the persons who are wanted; return how many those are."""
    if len(wanted) == 0:
        places[:] = np.arange(len(who))
        return len(who)
    found = 0
    for place in range(len(who)):
        # Without a branch: who is wanted cannot be foreseen.
        places[found] = place
        found += wanted[who[place]]
    return found


@compiled
def have_origin(who: np.ndarray, origin: np.ndarray, places: np.ndarray) -> int:
    """Leave only the places of persons who have an origin; return how many."""
    found = 0
    for place in places:
        places[found] = place
        found += origin[who[place]] != NEVER
    return found


@compiled
def set_windows(who: np.ndarray, chosen: Chosen, window: Window) -> None:
    """Ask for days in the windows of the persons only."""
    places, low, high = chosen
    origin, from_days, to_days = window
    for number in range(len(places)):
        begin = np.int64(origin[who[places[number]]])
        low[number] = max(low[number], begin + from_days)
        high[number] = min(high[number], begin + to_days)


@compiled
def set_nearness(who: np.ndarray, chosen: Chosen, anchors: Anchors) -> None:
    """Ask for no days before or after those of all anchors of a person."""
    places, low, high = chosen
    start, stops, firsts, lasts = anchors
    for number in range(len(places)):
        person = np.int64(who[places[number]]) - start
        begin = np.int64(stops[person - 1]) if person > 0 else np.int64(0)
        first, last = np.int64(high[number]) + 1, np.int64(low[number]) - 1
        for anchor in range(begin, np.int64(stops[person])):
            first = min(first, np.int64(firsts[anchor]))
            last = max(last, np.int64(lasts[anchor]))
        low[number], high[number] = max(low[number], first), min(high[number], last)


@compiled
def lower_to_first(rows: Rows, earliest: np.ndarray) -> None:
    """Lower the day of each person to that of their first event in a list."""
    who, begins, days, _, day_bits, _, base = rows
    for place in range(len(who)):
        # What a branch would cost more than a write: which is earlier is chance.
        day = np.int32(base + np.int64(number_at(days, begins[place], day_bits)))
        known = earliest[who[place]]
        earliest[who[place]] = day if known == NEVER or day < known else known


@compiled
def read(  # noqa: C901, PLR0915 - calls would cost as much as what the loop does
    rows: Rows,
    chosen: Chosen,
    asked: tuple[np.ndarray, bool],
    anchors: Anchors,
    out: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> int:
    """Write the events of a list that are meant; return how many those are.

    Parameters
    ----------
    asked
        Whether a detail is meant (empty: each); whether one event each is enough.
    out
        Persons, days and details; no room for details where nobody asks for them.
    """
    who, begins, days, details, day_bits, detail_bits, base = rows
    places, lows, highs = chosen
    allowed, once = asked
    start, stops, firsts, lasts = anchors
    near, some, writes = len(stops) > 0, len(allowed) > 0, len(out[2]) > 0
    found, detail, begin, end = 0, np.uint64(0), np.int64(0), np.int64(0)
    for number in range(len(places)):
        place, low, high = np.int64(places[number]), lows[number], highs[number]
        person = np.int64(who[place])
        if near:
            begin = np.int64(stops[person - start - 1]) if person > start else begin
            end = np.int64(stops[person - start])
        for i in range(np.int64(begins[place]), np.int64(begins[place + 1])):
            day = base + np.int64(number_at(days, i, day_bits))
            if day > high:
                break
            if day < low:
                continue
            anchor = begin
            while anchor < end and not firsts[anchor] <= day <= lasts[anchor]:
                anchor += 1
            if near and anchor == end:
                continue
            if some or writes:
                detail = number_at(details, i, detail_bits)
            if some and not allowed[detail]:
                continue
            out[0][found], out[1][found] = person, day
            if writes:
                out[2][found] = detail
            found += 1
            if once:
                break
    return found
