"""Who has an event near another of theirs, whichever it is: before, after, during."""

from collections.abc import Sequence

import numpy as np
from pyroaring import BitMap

from enclave.cohort.criteria import Around, During
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.event import EventCriterion
from enclave.feasibility.index.arena import ARENA
from enclave.feasibility.index.bitmaps import bits
from enclave.feasibility.index.found import Found
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.nearness import (
    Anchors,
    Ranks,
    count_days,
    gather_days,
    make_room,
    ranks_of,
    sort_days,
)
from enclave.feasibility.index.occurrences import Asked, Occurrences, with_codes
from enclave.feasibility.index.shards import WORD, Shard


# More days than lie between any two dates.
_EVER = 2**30
# No day comes before the one, and none after the other.
_FIRST, _LAST = np.iinfo(np.int32).min, np.iinfo(np.int32).max

# The days of an anchor: persons, and the first and last day that are near it.
_Days = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def around(asked: Around, index: Index) -> BitMap:
    """Return for whom there is an event so many days after an anchor."""
    ranks = _with_all([asked.anchor, asked.criterion], index)
    anchors = Occurrences(asked.anchor, index)
    near = Occurrences(asked.criterion, index)

    def work(met: np.ndarray, shard: Shard) -> None:
        found = anchors.events(Asked(shard, ranks.wanted))
        days = _after(found, asked.from_days, asked.to_days)
        near.mark(Asked(shard, ranks.wanted, anchors=_placed(days, ranks, shard)), met)

    return near.having(work)


def during(asked: During, index: Index) -> BitMap:
    """Return for whom there is an event while an anchor lasted."""
    ranks = _with_all([asked.anchor, asked.criterion], index)
    anchors = Occurrences(asked.anchor, index)
    near = Occurrences(asked.criterion, index)

    def work(met: np.ndarray, shard: Shard) -> None:
        found = anchors.events(Asked(shard, ranks.wanted), details=True)
        days = [
            (person, day, day + segment.details.lasting[detail])
            for segment, (person, day, detail), _ in found
        ]
        near.mark(Asked(shard, ranks.wanted, anchors=_placed(days, ranks, shard)), met)

    return near.having(work)


def in_order(asked: Steps, index: Index) -> BitMap:
    """Return for whom there are events in this order."""
    ranks = _with_all(asked.steps, index)
    first, *others, last = (Occurrences(step, index) for step in asked.steps)

    def work(met: np.ndarray, shard: Shard) -> None:
        reached = first.events(Asked(shard, ranks.wanted))
        for step in others:
            reached = step.events(
                Asked(shard, ranks.wanted, anchors=after(reached, shard))
            )
        last.mark(Asked(shard, ranks.wanted, anchors=after(reached, shard)), met)

    def after(reached: list[Found], shard: Shard) -> Anchors:
        days = _after(reached, asked.from_days, asked.to_days)
        return _placed(days, ranks, shard)

    return last.having(work)


def _with_all(criteria: Sequence[EventCriterion], index: Index) -> Ranks:
    """Return who has events with the codes of all criteria."""
    sets = [with_codes(criterion, index) for criterion in criteria]
    ranks: Ranks = ranks_of(bits(BitMap.intersection(*sets), len(index)))
    return ranks


def _after(found: list[Found], from_days: int | None, to_days: int | None) -> _Days:
    lower = np.int32(-_EVER if from_days is None else from_days)
    upper = np.int32(_EVER if to_days is None else to_days)
    return [(person, day + lower, day + upper) for _, (person, day, _), _ in found]


def _placed(days: _Days, ranks: Ranks, shard: Shard) -> Anchors:
    """Put the anchors of each person side by side."""
    before = int(ranks.before[shard.start // WORD])
    persons = int(ranks.before[-(-shard.stop // WORD)]) - before
    low, high = (ARENA.take(persons, np.int32) for _ in range(2))
    low.fill(_LAST)
    high.fill(_FIRST)
    begins, stops = ARENA.take(persons, np.uint32), ARENA.zeros(persons, np.uint32)
    total = 1 + sum(len(person) for person, _, _ in days)
    first, last = ARENA.take(total, np.int32), ARENA.take(total, np.int32)
    anchors = Anchors(ranks, before, low, high, begins, stops, first, last)
    who = [ARENA.take(len(person), np.uint32) for person, _, _ in days]
    for ranked, (person, *of_each) in zip(who, days, strict=True):
        count_days(person, tuple(of_each), anchors, ranked)
    make_room(anchors)
    unsorted, found = ARENA.take(total, np.uint32), 0
    for ranked, (_, *of_each) in zip(who, days, strict=True):
        found = gather_days(ranked, tuple(of_each), anchors, (unsorted, found))
    sort_days(unsorted[:found], anchors)
    return anchors
