"""Whose events of a list are looked at, where they lie, and which days are meant.

The loops read the files of a segment as they lie. Those may be damaged: nothing outside
of them is read, and a loop returns :data:`DAMAGED` when it meets what no index has.
"""

from typing import NamedTuple

import numpy as np

from enclave.feasibility.index.columns import EVENTS, FIRSTS, SET, SET_STOP, Columns
from enclave.feasibility.index.compiled import compiled, signed, unsigned
from enclave.feasibility.index.containers import Persons, Places, find_persons
from enclave.feasibility.index.damage import DAMAGED
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.nearness import Anchors, rank_of
from enclave.feasibility.index.packing import find_begins


NO_LOOKUP = np.empty(0, dtype=np.bool_)
EVERYBODY = np.empty(0, np.uint64)
_NO_DAYS = np.empty(0, np.int32)


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
    """Room for one event more than there are: persons, days, details, numbers of lists.

    Details are those of the segment. There is no room for the lists where nobody asks
    for them and for the details; what stands there then for details means nothing.
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
    """Find the events of whoever of a list has a day that is meant; return how many."""
    found: int = find_whose(columns, number, asked[1], room)
    if found > 0:
        found = _limit(asked, room, found)
    if found > 0:
        found = find_events(columns, number, room, found)
    return found


@compiled
def find_whose(columns: Columns, number: int, persons: Persons, room: Room) -> int:
    """Find who of some persons is in a list; return how many those are."""
    row = columns.lists[number]
    found: int = find_persons(
        columns.sets, (row[SET], row[SET_STOP]), persons, room.places
    )
    return found


@compiled
def find_events(columns: Columns, number: int, room: Room, found: int) -> int:
    """Find where the events of some persons lie; return how many persons those are."""
    row = columns.lists[number]
    is_whole = find_begins(
        columns.firsts,
        (row[FIRSTS], row[EVENTS]),
        room.places.place[:found],
        (room.begins, room.stops, room.ones),
    )
    return found if is_whole else DAMAGED


@compiled
def _limit(asked: tuple[Meant, Persons], room: Room, found: int) -> int:
    """Note which days of each person are meant; leave out who has none."""
    (from_day, to_day, window, anchors, _), _ = asked
    (who, places), _, _, lows, highs, first_anchor, _, _ = room
    origins, after, until = window
    (wanted, before), first_rank, near_lows, near_highs, heads, _, _, _ = anchors
    windowed, nearby, kept = len(origins) > 0, len(near_lows) > 0, unsigned(0)
    for which in range(found):
        person, low, high = unsigned(who[which]), from_day, to_day
        if windowed:
            origin = signed(origins[person])
            low = max(low, origin + after)
            high = min(high, origin + until) if origin != NEVER else low - 1
        if nearby:
            rank = rank_of(person, wanted, before) - unsigned(first_rank)
            low = max(low, signed(near_lows[rank]))
            high = min(high, signed(near_highs[rank]))
            first_anchor[kept] = heads[rank]
        # Without a branch: who is left out cannot be foreseen.
        who[kept], places[kept] = person, places[which]
        lows[kept], highs[kept] = low, high
        kept += unsigned(low <= high)
    return signed(kept)
