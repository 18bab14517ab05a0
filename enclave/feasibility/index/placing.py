"""The loops that put all events of some lists side by side, person by person.

What a person has in one list lies together and in order: it is counted, and copied, as
one. Both return :data:`DAMAGED` when they meet what no index has.
"""

from typing import NamedTuple

import numpy as np

from enclave.feasibility.index.columns import DAYS, Columns
from enclave.feasibility.index.compiled import compiled, signed, unsigned
from enclave.feasibility.index.containers import Persons
from enclave.feasibility.index.damage import DAMAGED
from enclave.feasibility.index.nearness import Anchors, rank_of
from enclave.feasibility.index.packing import number_at
from enclave.feasibility.index.scanning import Room, find_events, find_whose


# Most persons have no more events of one list.
_AT_ONCE = 2


class Runs(NamedTuple):
    """Room for what each person has in one list.

    Attributes
    ----------
    rank
        Number of the person in the shard.
    begin, stop
        Where the events lie in the list.
    stops
        Where the runs of each list stop.
    """

    rank: np.ndarray
    begin: np.ndarray
    stop: np.ndarray
    stops: np.ndarray


@compiled
def count_runs(
    columns: Columns,
    numbers: np.ndarray,
    asked: tuple[Persons, Anchors],
    room: Room,
    runs: Runs,
) -> int:
    """Note the runs of some lists; count the events of each person in ``stops``."""
    persons, (ranks, first_rank, _, _, _, counts, _, _) = asked
    (who, _), begins, stops, _, _, _, _, _ = room
    (wanted, before), at = ranks, unsigned(0)
    for which in range(len(numbers)):
        found = find_whose(columns, numbers[which], persons, room)
        if found > 0:
            found = find_events(columns, numbers[which], room, found)
        if found < 0:
            return DAMAGED
        for i in range(found):
            rank = rank_of(unsigned(who[i]), wanted, before) - unsigned(first_rank)
            runs.rank[at] = rank
            runs.begin[at], runs.stop[at] = begins[i], stops[i]
            counts[rank] += stops[i] - begins[i]
            at += unsigned(1)
        runs.stops[which] = at
    return signed(at)


@compiled
def place_runs(
    columns: Columns,
    numbers: np.ndarray,
    runs: Runs,
    near: tuple[int, int, Anchors],
    unsorted: tuple[np.ndarray, int],
) -> int:
    """Put the days near each event behind the last ones of its person.

    Parameters
    ----------
    near
        How many days after an event they begin and end.
    unsorted
        Room for those of whom they do not ascend, and how many are known.

    Returns
    -------
    int
        How many are known now, some of them twice.
    """
    _, _, days, _, _, lists, width, base = columns
    after, until, (_, _, _, _, begins, stops, firsts, lasts) = near
    (others, known), one = unsorted, unsigned(1)
    run, found = unsigned(0), unsigned(known)
    for which in range(len(numbers)):
        at, last_run = lists[numbers[which], DAYS], unsigned(runs.stops[which])
        while run < last_run:
            rank = unsigned(runs.rank[run])
            event, stop = unsigned(runs.begin[run]), unsigned(runs.stop[run])
            start = unsigned(stops[rank])
            place, end = start, start + (stop - event)
            stops[rank] = end
            while place < end:
                # Several at once: the last is written again if there are not as many.
                for step in range(_AT_ONCE):
                    more = min(unsigned(step), end - place - one)
                    day = base + signed(number_at(days, at, event + more, width))
                    firsts[place + more], lasts[place + more] = day + after, day + until
                event += unsigned(_AT_ONCE)
                place += unsigned(_AT_ONCE)
            others[found] = rank
            later = start > unsigned(begins[rank])
            found += unsigned(later & (firsts[start - one] > firsts[start]))
            run += one
    return signed(found)
