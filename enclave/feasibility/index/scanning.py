"""The loops over the events of a list: which are meant.

They go through the events of the persons of a shard who are wanted, and read the files
of a segment as they lie. Those may be damaged: nothing outside of them is read, and a
loop returns :data:`DAMAGED` when it meets what no index has.
"""

from typing import NamedTuple

import numpy as np

from enclave.feasibility.index.columns import (
    EVENTS,
    FIRSTS,
    OWN,
    OWN_STOP,
    SET,
    SET_STOP,
    Columns,
)
from enclave.feasibility.index.compiled import compiled, signed
from enclave.feasibility.index.containers import Persons, Places, find_persons
from enclave.feasibility.index.damage import DAMAGED
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.nearness import Anchors, rank_of
from enclave.feasibility.index.packing import find_begins, number_at


NO_LOOKUP = np.empty(0, dtype=np.bool_)
EVERYBODY = np.empty(0, np.uint64)
_NO_DAYS = np.empty(0, np.int32)
# Among more days of one person than this, the first that matters is looked for.
_MANY = 16


class Window(NamedTuple):
    """Days from one to another after each person's origin, both included."""

    origin: np.ndarray
    from_days: int
    to_days: int


class Meant(NamedTuple):
    """Which events are meant.

    Attributes
    ----------
    low, high
        Days, both included.
    details
        Per detail of the segment whether it is meant; empty if all are.
    """

    low: int
    high: int
    window: Window
    anchors: Anchors
    details: np.ndarray


class Room(NamedTuple):
    """Room for the persons of one list, and for what its details mean.

    Attributes
    ----------
    begins, stops
        Where the events of each person lie.
    low, high, anchor
        Which days of each are meant, and the first anchor if there must be one.
    ones
        For :func:`enclave.feasibility.index.packing.find_begins`.
    allowed
        Per detail of the list whether it is meant.
    """

    places: Places
    begins: np.ndarray
    stops: np.ndarray
    low: np.ndarray
    high: np.ndarray
    anchor: np.ndarray
    ones: np.ndarray
    allowed: np.ndarray


class Out(NamedTuple):
    """Room for events: persons, days, details of the segment and numbers of lists.

    There is none for details and lists where nobody asks for them.
    """

    person: np.ndarray
    day: np.ndarray
    detail: np.ndarray
    number: np.ndarray


NO_WINDOW = Window(_NO_DAYS, 0, 0)


@compiled
def locate(
    columns: Columns, number: int, asked: tuple[Meant, Persons], room: Room
) -> int:
    """Find the events of the persons of a list; return how many persons those are."""
    row = columns.lists[number]
    found: int = find_persons(
        columns.sets, (row[SET], row[SET_STOP]), asked[1], room.places
    )
    if found > 0:
        found = _limit(asked, room, found)
    if found > 0 and not find_begins(
        columns.firsts,
        (row[FIRSTS], row[EVENTS]),
        room.places.place[:found],
        (room.begins, room.stops, room.ones),
    ):
        return DAMAGED
    return found


@compiled
def _limit(asked: tuple[Meant, Persons], room: Room, found: int) -> int:
    """Note which days of each person are meant; leave out who has none."""
    (from_day, to_day, window, anchors, _), _ = asked
    (who, places), _, _, lows, highs, first_anchor, _, _ = room
    origins, after, until = window
    (wanted, before), first_rank, near_lows, near_highs, heads, _, _, _ = anchors
    windowed, nearby, kept = len(origins) > 0, len(near_lows) > 0, 0
    for which in range(found):
        person, low, high = signed(who[which]), from_day, to_day
        if windowed:
            origin = signed(origins[person])
            low = max(low, origin + after)
            high = min(high, origin + until) if origin != NEVER else low - 1
        if nearby:
            rank = rank_of(person, wanted, before) - first_rank
            low = max(low, signed(near_lows[rank]))
            high = min(high, signed(near_highs[rank]))
            first_anchor[kept] = heads[rank]
        # Without a branch: who is left out cannot be foreseen.
        who[kept], places[kept] = person, places[which]
        lows[kept], highs[kept] = low, high
        kept += low <= high
    return kept


@compiled
def _allow(
    columns: Columns, number: int, meant: np.ndarray, allowed: np.ndarray
) -> int:
    """Note which details of a list are meant; return how many."""
    start, stop = columns.lists[number, OWN], columns.lists[number, OWN_STOP]
    own_details, found = columns.own_details, 0
    for own in range(start, stop):
        detail = signed(own_details[own])
        if detail >= len(meant):
            return DAMAGED
        allowed[own - start] = meant[detail]
        found += meant[detail]
    return found


@compiled
def _first_from(
    column: tuple[np.ndarray, int, int], part: tuple[int, int], low: int
) -> int:
    """Return where in a part of a column, which ascends, the numbers from one begin.

    Parameters
    ----------
    column
        The file, the byte at which the column starts, and its bits.
    """
    file, at, bits = column
    start, stop = part
    while start < stop:
        middle = (start + stop) // 2
        if number_at(file, at, middle, bits) < low:
            start = middle + 1
        else:
            stop = middle
    return start


@compiled
def _prepare(
    columns: Columns, number: int, asked: tuple[Meant, Persons], room: Room
) -> tuple[int, bool]:
    """Find what is to be read of a list.

    Returns
    -------
    tuple
        How many persons there are; whether some of the details are not meant.
    """
    meant, row = asked[0].details, columns.lists[number]
    located = locate(columns, number, asked, room)
    if len(meant) == 0 or located <= 0:
        return located, False
    allowed = _allow(columns, number, meant, room.allowed)
    return (allowed if allowed <= 0 else located), allowed < row[OWN_STOP] - row[OWN]


@compiled
def read(  # noqa: C901, PLR0915 - calls would cost as much as the loop
    columns: Columns,
    number: int,
    asked: tuple[Meant, Persons, bool],
    room: Room,
    out: Out,
    found: int,
) -> int:
    """Write the events of a list that are meant, or one each, behind those before."""
    located, some = _prepare(columns, number, asked[:2], room)
    # Taken apart before the loop: in it, each would be counted as held once more.
    _, _, days, details, own_details, lists, day_bits, base = columns
    (who, _), begins, stops, lows, highs, first_anchor, _, allowed = room
    firsts, lasts = asked[0].anchors[-2:]
    out_person, out_day, out_detail, out_number = out
    _, _, _, _, days_at, details_at, bits, own_at, own = lists[number]
    own -= own_at
    nearby, writes = len(firsts) > 0, len(out_detail) > 0
    detail, once = signed(0), asked[2]
    for which in range(located):
        low, high = signed(lows[which]), signed(highs[which])
        i, stop = signed(begins[which]), signed(stops[which])
        anchor = signed(first_anchor[which]) if nearby else 0
        if stop - i > _MANY:
            i = _first_from((days, days_at, day_bits), (i, stop), low - base)
        for place in range(i, stop):
            day = base + number_at(days, days_at, place, day_bits)
            if day > high:
                break
            if day < low:
                continue
            # There is such an anchor: the day is not after the last one.
            while nearby and lasts[anchor] < day:
                anchor += 1
            if nearby and firsts[anchor] > day:
                continue
            if some or writes:
                detail = number_at(details, details_at, place, bits)
                if detail >= own:
                    return DAMAGED
                if some and not allowed[detail]:
                    continue
            out_person[found], out_day[found] = who[which], day
            if writes:
                out_detail[found] = own_details[own_at + detail]
                out_number[found] = number
            found += 1
            if once:
                break
    return found if located >= 0 else DAMAGED
