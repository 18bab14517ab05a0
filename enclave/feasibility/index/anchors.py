"""Who has an event near another of theirs, whichever it is: before, after, during."""

from collections.abc import Sequence
from functools import reduce
from operator import and_

import numpy as np

from enclave.cohort.criteria import Around, During
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.event import EventCriterion
from enclave.feasibility.index.arena import ARENA
from enclave.feasibility.index.containers import Persons
from enclave.feasibility.index.damage import checked
from enclave.feasibility.index.found import Found
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.members import Members
from enclave.feasibility.index.nearness import (
    Anchors,
    Ranks,
    count_days,
    gather_days,
    make_room,
    put_in_order,
    ranks_of,
)
from enclave.feasibility.index.occurrences import Asked, Occurrences, with_codes
from enclave.feasibility.index.placing import Runs, count_runs, place_runs
from enclave.feasibility.index.shards import WORD, Shard


# More days than lie between any two dates.
_EVER = 2**30

# The days of an anchor: persons, and the first and last day that are near it.
_Days = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def around(asked: Around, index: Index) -> Members:
    """Return for whom there is an event so many days after an anchor."""
    ranks = _with_all([asked.anchor, asked.criterion], index)
    anchors = Occurrences(asked.anchor, index)
    near = Occurrences(asked.criterion, index)

    def work(met: np.ndarray, shard: Shard) -> None:
        placed = _near(anchors, ranks, shard, _days_after(asked))
        near.mark(Asked(shard, ranks.wanted, anchors=placed), met)

    return near.having(work)


def during(asked: During, index: Index) -> Members:
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


def in_order(asked: Steps, index: Index) -> Members:
    """Return for whom there are events in this order."""
    ranks = _with_all(asked.steps, index)
    first, *others, last = (Occurrences(step, index) for step in asked.steps)

    def work(met: np.ndarray, shard: Shard) -> None:
        placed = _near(first, ranks, shard, days)
        for step in others:
            reached = step.events(Asked(shard, ranks.wanted, anchors=placed))
            placed = _placed(_after(reached, days), ranks, shard)
        last.mark(Asked(shard, ranks.wanted, anchors=placed), met)

    days = _days_after(asked)
    return last.having(work)


def _with_all(criteria: Sequence[EventCriterion], index: Index) -> Ranks:
    """Return who has events with the codes of all criteria."""
    sets = [with_codes(criterion, index) for criterion in criteria]
    ranks: Ranks = ranks_of(reduce(and_, sorted(sets, key=len)).words)
    return ranks


def _days_after(asked: Around | Steps) -> tuple[int, int]:
    """Return how many days after an anchor those near it begin and end."""
    lower, upper = asked.from_days, asked.to_days
    return -_EVER if lower is None else lower, _EVER if upper is None else upper


def _after(found: list[Found], days: tuple[int, int]) -> _Days:
    lower, upper = map(np.int32, days)
    return [(person, day + lower, day + upper) for _, (person, day, _), _ in found]


def _near(
    events: Occurrences, ranks: Ranks, shard: Shard, days: tuple[int, int]
) -> Anchors:
    """Return the days from one to another after each event."""
    if events.are_all:
        return _placed_list_by_list(events, ranks, shard, days)
    found = events.events(Asked(shard, ranks.wanted))
    return _placed(_after(found, days), ranks, shard)


def _placed_list_by_list(
    events: Occurrences, ranks: Ranks, shard: Shard, days: tuple[int, int]
) -> Anchors:
    """Do the same if all events are meant, without writing them down."""
    anchors, parts = _room(ranks, shard, 1 + events.number), []
    room, persons = events.room(shard), Persons(*shard, ranks.wanted)
    for each in events.lists:
        most, columns = int(each.events.sum()), each.segment.columns
        rank, begin, stop = (ARENA.take(most, np.uint32) for _ in range(3))
        stops = ARENA.take(len(each.numbers), np.uint32)
        runs = Runs(rank, begin, stop, stops)
        checked(count_runs(columns, each.numbers, (persons, anchors), room, runs))
        parts.append((columns, each.numbers, runs))
    make_room(anchors)
    unsorted, found = ARENA.take(len(anchors.first), np.uint32), 0
    for part in parts:
        found = place_runs(*part, (*days, anchors), (unsorted, found))
    put_in_order(unsorted[:found], anchors)
    return anchors


def _placed(days: _Days, ranks: Ranks, shard: Shard) -> Anchors:
    """Put the anchors of each person side by side."""
    total = 1 + sum(len(person) for person, _, _ in days)
    anchors = _room(ranks, shard, total)
    who = [ARENA.take(len(person), np.uint32) for person, _, _ in days]
    for ranked, (person, _, _) in zip(who, days, strict=True):
        count_days(person, anchors, ranked)
    make_room(anchors)
    unsorted, found = ARENA.take(total, np.uint32), 0
    for ranked, (_, *of_each) in zip(who, days, strict=True):
        found = gather_days(ranked, tuple(of_each), anchors, (unsorted, found))
    put_in_order(unsorted[:found], anchors)
    return anchors


def _room(ranks: Ranks, shard: Shard, total: int) -> Anchors:
    """Return room for so many anchors of the wanted in a shard."""
    before = int(ranks.before[shard.start // WORD])
    persons = int(ranks.before[-(-shard.stop // WORD)]) - before
    low, high, first, last = (
        ARENA.take(each, np.int32) for each in (persons, persons, total, total)
    )
    begins, stops = ARENA.take(persons, np.uint32), ARENA.zeros(persons, np.uint32)
    return Anchors(ranks, before, low, high, begins, stops, first, last)
