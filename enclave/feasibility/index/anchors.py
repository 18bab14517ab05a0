"""Who has an event near another of theirs, whichever it is: before, after, during."""

from collections.abc import Sequence

import numpy as np
from pyroaring import BitMap

from enclave.cohort.criteria import Around, During
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.event import EventCriterion
from enclave.feasibility.index.bitmaps import members
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.kernels import gather, near, number_of, stack_up
from enclave.feasibility.index.occurrences import (
    Found,
    lists_of,
    occurrences,
    persons_of,
)


# More days than lie between any two dates.
_EVER = 2**30

# The days of an anchor: persons, and the first and last day that are near it.
_Days = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def around(asked: Around, index: Index) -> np.ndarray:
    """Return per ordinal whether there is an event so many days after an anchor."""
    wanted = _with_all([asked.anchor, asked.criterion], index)
    anchors = occurrences(asked.anchor, index, wanted)
    days = _after(anchors, asked.from_days, asked.to_days)
    found = occurrences(asked.criterion, index, wanted)
    return persons_of(_near(found, days, len(index)), len(index))


def during(asked: During, index: Index) -> np.ndarray:
    """Return per ordinal whether there is an event while an anchor lasted."""
    wanted = _with_all([asked.anchor, asked.criterion], index)
    days = [
        (person, day, day + segment.details.lasting[detail])
        for segment, _, (person, day, detail) in occurrences(
            asked.anchor, index, wanted, details=True
        )
    ]
    found = occurrences(asked.criterion, index, wanted)
    return persons_of(_near(found, days, len(index)), len(index))


def in_order(asked: Steps, index: Index) -> np.ndarray:
    """Return per ordinal whether there are events in this order."""
    wanted = _with_all(asked.steps, index)
    first, *others = asked.steps
    reached = occurrences(first, index, wanted)
    for step in others:
        days = _after(reached, asked.from_days, asked.to_days)
        reached = _near(occurrences(step, index, wanted), days, len(index))
    return persons_of(reached, len(index))


def _with_all(criteria: Sequence[EventCriterion], index: Index) -> np.ndarray:
    """Return per ordinal whether there are events with the codes of all criteria."""
    sets = [
        BitMap.union(
            BitMap(),
            *(
                segment.persons(run)
                for segment, runs in lists_of(criterion, index)
                for run in runs
            ),
        )
        for criterion in criteria
    ]
    return members(BitMap.intersection(*sets), len(index))


def _after(found: list[Found], from_days: int | None, to_days: int | None) -> _Days:
    lower = np.int32(-_EVER if from_days is None else from_days)
    upper = np.int32(_EVER if to_days is None else to_days)
    return [(person, day + lower, day + upper) for _, _, (person, day, _) in found]


def _near(found: list[Found], days: _Days, persons: int) -> list[Found]:
    """Keep the events on a day near an anchor of their person."""
    stops = np.zeros(persons, dtype=np.uint32)
    for person, _, _ in days:
        number_of(person, stops)
    total = stack_up(stops)
    first, last = np.empty(total, np.int32), np.empty(total, np.int32)
    # Once all are gathered, the cursor of a person stands where they stop.
    for person, from_day, to_day in days:
        gather(person, (from_day, to_day), stops, (first, last))
    return [
        each.keep(near(each.events.person, each.events.day, (stops, first, last)))
        for each in found
    ]
