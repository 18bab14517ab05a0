"""Who has an event near another of theirs, whichever it is: before, after, during."""

from collections.abc import Sequence

import numpy as np
from pyroaring import BitMap

from enclave.cohort.criteria import Around, During
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.event import EventCriterion
from enclave.feasibility.index.arena import ARENA
from enclave.feasibility.index.bitmaps import members, union
from enclave.feasibility.index.found import Found
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.kernels import gather, number_of, stack_up
from enclave.feasibility.index.occurrences import Asked, Occurrences, lists_of
from enclave.feasibility.index.scanning import Anchors
from enclave.feasibility.index.shards import Shard


# More days than lie between any two dates.
_EVER = 2**30

# The days of an anchor: persons, and the first and last day that are near it.
_Days = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def around(asked: Around, index: Index) -> np.ndarray:
    """Return per ordinal whether there is an event so many days after an anchor."""
    wanted = _with_all([asked.anchor, asked.criterion], index)
    anchors = Occurrences(asked.anchor, index)
    near = Occurrences(asked.criterion, index)

    def work(met: np.ndarray, shard: Shard) -> None:
        found = anchors.events(Asked(shard, wanted))
        days = _after(found, asked.from_days, asked.to_days)
        near.mark(Asked(shard, wanted, anchors=_placed(days, shard)), met)

    return near.having(work)


def during(asked: During, index: Index) -> np.ndarray:
    """Return per ordinal whether there is an event while an anchor lasted."""
    wanted = _with_all([asked.anchor, asked.criterion], index)
    anchors = Occurrences(asked.anchor, index)
    near = Occurrences(asked.criterion, index)

    def work(met: np.ndarray, shard: Shard) -> None:
        found = anchors.events(Asked(shard, wanted), details=True)
        days = [
            (person, day, day + segment.details.lasting[detail])
            for segment, _, (person, day, detail) in found
        ]
        near.mark(Asked(shard, wanted, anchors=_placed(days, shard)), met)

    return near.having(work)


def in_order(asked: Steps, index: Index) -> np.ndarray:
    """Return per ordinal whether there are events in this order."""
    wanted = _with_all(asked.steps, index)
    first, *others, last = (Occurrences(step, index) for step in asked.steps)

    def work(met: np.ndarray, shard: Shard) -> None:
        reached = first.events(Asked(shard, wanted))
        for step in others:
            reached = step.events(Asked(shard, wanted, anchors=after(reached, shard)))
        last.mark(Asked(shard, wanted, anchors=after(reached, shard)), met)

    def after(reached: list[Found], shard: Shard) -> Anchors:
        return _placed(_after(reached, asked.from_days, asked.to_days), shard)

    return last.having(work)


def _with_all(criteria: Sequence[EventCriterion], index: Index) -> np.ndarray:
    """Return per ordinal whether there are events with the codes of all criteria."""
    sets = [
        union(
            segment.persons(run)
            for segment, runs in lists_of(criterion, index)
            for run in runs
        )
        for criterion in criteria
    ]
    return members(BitMap.intersection(*sets), len(index))


def _after(found: list[Found], from_days: int | None, to_days: int | None) -> _Days:
    lower = np.int32(-_EVER if from_days is None else from_days)
    upper = np.int32(_EVER if to_days is None else to_days)
    return [(person, day + lower, day + upper) for _, _, (person, day, _) in found]


def _placed(days: _Days, shard: Shard) -> Anchors:
    """Put the anchors of each person side by side."""
    stops = ARENA.zeros(shard.stop - shard.start, np.uint32)
    for person, _, _ in days:
        number_of(person, shard.start, stops)
    total = stack_up(stops)
    first, last = ARENA.take(total, np.int32), ARENA.take(total, np.int32)
    # Once all are gathered, the cursor of a person stands where they stop.
    for person, from_day, to_day in days:
        gather(person, (from_day, to_day), shard.start, stops, (first, last))
    return Anchors(shard.start, stops, first, last)
