"""The loops over the events of a list, one condition after another.

How many events somebody has, and which of them are meant, no processor can foresee, and
each time it is wrong costs as much as reading several events. So none of these loops
asks whether to keep an event: it writes every one where the next is to stand, and goes
on from there, or not, by a sum. A later loop goes through what the one before has left.

The files may be damaged: nothing outside of them is read, and a loop returns
:data:`DAMAGED` when it meets what no index has.
"""

import numpy as np

from enclave.feasibility.index.columns import BITS as DETAIL_BITS
from enclave.feasibility.index.columns import (
    DAYS,
    DETAILS,
    OWN,
    OWN_STOP,
    Columns,
)
from enclave.feasibility.index.compiled import compiled, signed, unsigned
from enclave.feasibility.index.containers import Persons
from enclave.feasibility.index.damage import DAMAGED
from enclave.feasibility.index.nearness import Anchors
from enclave.feasibility.index.packing import number_at
from enclave.feasibility.index.scanning import Meant, Out, Room, locate


# Most persons have no more events of one list.
_AT_ONCE = 4
# Among more days of one person than this, the first that matters is looked for.
_MANY = 16
_NOBODY = 2**32


@compiled
def read(
    columns: Columns,
    number: int,
    asked: tuple[Meant, Persons],
    room: Room,
    out: Out,
    found: int,
) -> int:
    """Write the events of a list that are meant behind those before."""
    meant, writes = asked[0], len(out.number) > 0
    located, some = _prepare(columns, number, asked, room)
    if located <= 0:
        return found if located == 0 else DAMAGED
    stop: int = _on_days(columns, number, (room, located), out, found)
    if len(meant.anchors.low) > 0:
        stop = _near_anchors(meant.anchors, room, out, (found, stop))
    if some or writes:
        stop = _with_details(columns, number, (room.allowed, some), out, (found, stop))
    if writes:
        out.number[found : max(stop, found)] = number
    who, person = room.places.who, out.person
    for i in range(found, stop):
        person[i] = who[person[i]]
    return stop


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
def _on_days(
    columns: Columns, number: int, whose: tuple[Room, int], out: Out, found: int
) -> int:
    """Write the events on days that are meant.

    Until :func:`read` is done, not a person is written but a place in the room, and
    instead of a detail the place of the event in the list.
    """
    # Taken apart before the loop: in it, each would be counted as held once more.
    _, _, days, _, _, lists, width, base = columns
    (_, begins, stops, lows, highs, _, _, _), located = whose
    out_which, out_day, out_place, _ = out
    at, one, kept = lists[number, DAYS], unsigned(1), unsigned(found)
    for which in range(located):
        low, high = signed(lows[which]) - base, signed(highs[which]) - base
        place, stop = unsigned(begins[which]), unsigned(stops[which])
        if stop - place > _MANY:
            place = _first_from((days, at, width), (place, stop), low)
            stop = _first_from((days, at, width), (place, stop), high + 1)
        # A day before the first one is, without a sign, after the last one.
        first, length = unsigned(low), unsigned(high - low)
        while place < stop:
            # Several at once, whether there are as many or not: what is written again
            # instead of the next person's is not kept.
            for step in range(_AT_ONCE):
                here = min(place + unsigned(step), stop - one)
                day = number_at(days, at, here, width)
                out_which[kept], out_place[kept] = which, here
                out_day[kept] = base + signed(day)
                is_one = place + unsigned(step) < stop
                kept += unsigned((day - first <= length) & is_one)
            place += unsigned(_AT_ONCE)
    return signed(kept)


@compiled
def _first_from(
    column: tuple[np.ndarray, int, int], part: tuple[np.uint64, np.uint64], low: int
) -> np.uint64:
    """Return where in a part of a column, which ascends, the numbers from one begin.

    Parameters
    ----------
    column
        The file, the byte at which the column starts, and its bits.
    """
    file, at, bits = column
    start, stop = part
    while start < stop:
        middle = (start + stop) >> unsigned(1)
        if signed(number_at(file, at, middle, bits)) < low:
            start = middle + unsigned(1)
        else:
            stop = middle
    return start


@compiled
def _near_anchors(anchors: Anchors, room: Room, out: Out, part: tuple[int, int]) -> int:
    """Keep of some events those near an anchor; return where they stop."""
    firsts, lasts, first_of = anchors.first, anchors.last, room.anchor
    (which, days, places, _), one = out, unsigned(1)
    kept, before, anchor = unsigned(part[0]), unsigned(_NOBODY), unsigned(0)
    for i in range(part[0], part[1]):
        person, day = unsigned(which[i]), days[i]
        anchor = anchor if person == before else unsigned(first_of[person])
        before = person
        # There is such an anchor: the day is not after the last one.
        while lasts[anchor] < day:
            anchor += one
        which[kept], days[kept], places[kept] = person, day, places[i]
        kept += unsigned(firsts[anchor] <= day)
    return signed(kept)


@compiled
def _with_details(
    columns: Columns,
    number: int,
    meant: tuple[np.ndarray, bool],
    out: Out,
    part: tuple[int, int],
) -> int:
    """Write the details of some events, and keep those that are meant.

    Parameters
    ----------
    meant
        Per detail of the list whether it is; whether that matters.
    """
    _, _, _, details, own_details, lists, _, _ = columns
    (which, days, places, _), (allowed, some) = out, meant
    row, kept = lists[number], unsigned(part[0])
    at, bits, begin = row[DETAILS], row[DETAIL_BITS], unsigned(row[OWN])
    own = unsigned(row[OWN_STOP]) - begin
    for i in range(part[0], part[1]):
        detail = number_at(details, at, places[i], bits)
        if detail >= own:
            return DAMAGED
        which[kept], days[kept] = which[i], days[i]
        places[kept] = own_details[begin + detail]
        kept += unsigned(allowed[detail] if some else True)
    return signed(kept)
