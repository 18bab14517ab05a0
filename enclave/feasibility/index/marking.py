"""The loops that go through several lists, and what becomes of the events there.

Each returns :data:`DAMAGED` when it meets what no index has.
"""

import numpy as np

from enclave.feasibility.index.columns import DAYS, Columns
from enclave.feasibility.index.compiled import compiled, signed, unsigned
from enclave.feasibility.index.containers import Persons
from enclave.feasibility.index.damage import DAMAGED
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.packing import number_at
from enclave.feasibility.index.scanning import (
    Meant,
    Out,
    Room,
    find_events,
    find_whose,
)
from enclave.feasibility.index.sifting import read


_NOBODY = 2**32
# What a count holds.
_MOST = 65_535


@compiled
def read_events(
    columns: Columns,
    numbers: np.ndarray,
    asked: tuple[Meant, Persons],
    room: Room,
    out: Out,
) -> int:
    """Write the events of some lists that are meant; return how many those are."""
    found = 0
    for number in numbers:
        found = read(columns, number, asked, room, out, found)
        if found < 0:
            return DAMAGED
    return found


@compiled
def mark_those_with(
    columns: Columns,
    numbers: np.ndarray,
    asked: tuple[Meant, Persons],
    room: Room,
    out: Out,
    met: np.ndarray,
) -> int:
    """Set the bits of whoever has an event that is meant."""
    who = out.person
    for number in numbers:
        found = read(columns, number, asked, room, out, 0)
        if found < 0:
            return DAMAGED
        for i in range(found):
            person = unsigned(who[i])
            met[person >> unsigned(6)] |= unsigned(1) << (person & unsigned(63))
    return 0


@compiled
def mark_those_often(
    columns: Columns,
    numbers: np.ndarray,
    asked: tuple[Meant, Persons],
    room: Room,
    out: Out,
    enough: tuple[int, np.ndarray, np.ndarray, np.ndarray],
) -> int:
    """Set the bits of whoever has enough different events that are meant.

    Parameters
    ----------
    enough
        How many are; by detail of the segment, what is equal where two are one; numbers
        so far by person of the shard; and the bits.
    """
    least, same, counts, met = enough
    (who, day, detail, _), start = out, unsigned(asked[1].start)
    for number in numbers:
        found = read(columns, number, asked, room, out, 0)
        if found < 0:
            return DAMAGED
        before, at, value = unsigned(_NOBODY), signed(0), signed(0)
        for i in range(found):
            if detail[i] >= len(same):
                return DAMAGED
            person, on, says = unsigned(who[i]), signed(day[i]), signed(same[detail[i]])
            # Without a branch, as all that is done to events.
            count = signed(counts[person - start])
            count += (person != before) | (on != at) | (says != value)
            counts[person - start] = min(count, _MOST)
            enough_now = unsigned(count >= least)
            met[person >> unsigned(6)] |= enough_now << (person & unsigned(63))
            before, at, value = person, on, says
    return 0


@compiled
def lower_to_first(
    columns: Columns,
    numbers: np.ndarray,
    persons: Persons,
    room: Room,
    first: np.ndarray,
) -> int:
    """Lower the day of each person to that of their first event in some lists."""
    (who, _), begins, _, _, _, _, _, _ = room
    _, _, days, _, _, lists, day_bits, base = columns
    for number in numbers:
        found = find_whose(columns, number, persons, room)
        if found > 0:
            found = find_events(columns, number, room, found)
        if found < 0:
            return DAMAGED
        start = lists[number, DAYS]
        for which in range(found):
            day = number_at(days, start, begins[which], day_bits)
            person = unsigned(who[which])
            # What a branch would cost more than a write: which is earlier is chance.
            known, here = first[person], base + signed(day)
            first[person] = here if known == NEVER or here < known else known
    return 0
