"""The events that a criterion means, in all segments of an index.

The rules are those of :func:`enclave.cohort.matching.matching_events`: first the codes,
tables and sources, then the first or last ever, then period and window, then the first
or last in them, and then value and limits.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from enclave.cohort.event import EventCriterion
from enclave.feasibility.index.arena import ARENA
from enclave.feasibility.index.bitmaps import no_bits
from enclave.feasibility.index.columns import EVENTS
from enclave.feasibility.index.containers import MORE, Persons, Places
from enclave.feasibility.index.damage import checked
from enclave.feasibility.index.found import Found, often, on_days, picked
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.kernels import NEVER, lower
from enclave.feasibility.index.marking import (
    lower_to_first,
    mark_those_often,
    mark_those_with,
    read_events,
)
from enclave.feasibility.index.members import Members, union
from enclave.feasibility.index.nearness import NO_ANCHORS, Anchors, near
from enclave.feasibility.index.packing import IN_WORD
from enclave.feasibility.index.roaring import set_bits
from enclave.feasibility.index.scanning import (
    EVERYBODY,
    NO_LOOKUP,
    NO_WINDOW,
    Meant,
    Out,
    Room,
    Window,
)
from enclave.feasibility.index.segment import (
    ANY_DAY,
    FIRST_DAY,
    LAST_DAY,
    Events,
    Segment,
)
from enclave.feasibility.index.shards import Shard, in_shards


_EPOCH = date(1970, 1, 1)
_NO_DETAILS = np.empty(0, np.uint32)


class Asked(NamedTuple):
    """Whose events are asked for, and when.

    Attributes
    ----------
    wanted
        By ordinal one bit, whether anybody asks; empty for everybody.
    """

    shard: Shard
    wanted: np.ndarray = EVERYBODY
    window: Window = NO_WINDOW
    anchors: Anchors = NO_ANCHORS


class _Lists(NamedTuple):
    """Lists of a segment, and which of its details are meant; empty for all."""

    segment: Segment
    numbers: np.ndarray
    details: np.ndarray

    @property
    def events(self) -> np.ndarray:
        """How many events each has."""
        events: np.ndarray = self.segment.columns.lists[self.numbers, EVENTS]
        return events


class Occurrences:
    """The events that a criterion means."""

    def __init__(self, criterion: EventCriterion, index: Index) -> None:
        self._criterion = criterion
        self._persons = len(index)
        self._days = days_of(criterion)
        self._has_value = criterion.value is not None or criterion.abnormal is not None
        self.lists = list(_lists(criterion, index, values=criterion.pick is None))
        # How many events have the codes, whether they are meant or not.
        self.number = sum(int(each.events.sum()) for each in self.lists)

    @property
    def are_all(self) -> bool:
        """Whether every event with the codes is meant."""
        return (
            self._criterion.pick is None
            and self._days == ANY_DAY
            and not any(len(each.details) for each in self.lists)
        )

    def having(self, work: Callable[[np.ndarray, Shard], None]) -> Members:
        """Return for whom some work, done in shards, sets the bits."""
        met = no_bits(self._persons)
        in_shards(
            lambda shard: work(met, shard), persons=self._persons, events=self.number
        )
        return Members.of_words(met, self._persons)

    def first_days(self, wanted: np.ndarray) -> np.ndarray:
        """Return the earliest day of every ordinal that is wanted, or never."""
        first = np.empty(self._persons, dtype=np.int32)

        def work(shard: Shard) -> None:
            first[shard.start : shard.stop] = NEVER
            asked = Asked(shard, wanted)
            if self.are_all:
                room = self.room(shard)
                persons = Persons(*shard, wanted)
                for segment, numbers, _ in self.lists:
                    checked(
                        lower_to_first(segment.columns, numbers, persons, room, first)
                    )
                return
            for found in self.events(asked):
                lower(found.events.person, found.events.day, first)

        in_shards(work, persons=self._persons, events=self.number)
        return first

    def mark(self, asked: Asked, met: np.ndarray) -> None:
        """Set the bits of whoever has enough events that are meant."""
        if not self._criterion.is_single:
            self._mark_often(asked, met)
        elif self._criterion.pick is None:
            scan, room = self._scan(asked), self.room(asked.shard)
            for each in self.lists:
                out = _out(int(each.events.max()))
                checked(
                    mark_those_with(
                        each.segment.columns, each.numbers, scan(each), room, out, met
                    )
                )
        else:
            for found in self.events(asked):
                set_bits(found.events.person, met)

    def events(self, asked: Asked, *, details: bool = False) -> list[Found]:
        """Return the events themselves.

        Parameters
        ----------
        details
            Whether their details, and the lists they are from, are wished for.
        """
        criterion = self._criterion
        if criterion.pick is None:
            return self._read(asked, self._days, details=details)
        ever = criterion.pick.endswith("_ever")
        plain = Asked(asked.shard, asked.wanted)
        found = self._read(
            plain if ever else plain._replace(window=asked.window),
            ANY_DAY if ever else self._days,
            details=details or self._has_value,
        )
        found = picked(found, criterion, self._persons)
        if ever:
            found = [e.keep(on_days(e.events, self._days, asked.window)) for e in found]
        if self._has_value:
            found = [
                each.keep(each.segment.details.meeting(criterion)[each.events.detail])
                for each in found
            ]
        if asked.anchors is not NO_ANCHORS:
            found = [
                e.keep(near(e.events.person, e.events.day, asked.anchors))
                for e in found
            ]
        return found

    def _mark_often(self, asked: Asked, met: np.ndarray) -> None:
        criterion, shard = self._criterion, asked.shard
        codes = [
            (each.segment.systems[number], each.segment.codes[number])
            for each in self.lists
            for number in each.numbers.tolist()
        ]
        if (
            criterion.pick is not None
            or criterion.at_least_days is not None
            or len(set(codes)) < len(codes)
        ):
            found = self.events(asked, details=True)
            several = often(found, criterion, self._persons)
            set_bits(np.flatnonzero(several).astype(np.uint32), met)
            return
        counts = ARENA.zeros(shard.stop - shard.start, np.uint16)
        scan, room = self._scan(asked), self.room(shard)
        for each in self.lists:
            enough = criterion.at_least, each.segment.details.same, counts, met
            out = _out(int(each.events.max()), details=True)
            checked(
                mark_those_often(
                    each.segment.columns, each.numbers, scan(each), room, out, enough
                )
            )

    def _read(
        self, asked: Asked, days: tuple[int, int], *, details: bool
    ) -> list[Found]:
        found = []
        scan, room = self._scan(asked, days), self.room(asked.shard)
        for each in self.lists:
            out = _out(int(each.events.sum()), details=details)
            count = checked(
                read_events(each.segment.columns, each.numbers, scan(each), room, out)
            )
            if count:
                person, day, detail, numbers = (column[:count] for column in out)
                events = Events(person, day, detail if details else _NO_DETAILS)
                found.append(Found(each.segment, events, numbers))
        return found

    def _scan(
        self, asked: Asked, days: tuple[int, int] | None = None
    ) -> Callable[[_Lists], tuple[Meant, Persons]]:
        """Return what is asked of the lists of a segment, as the loops want it."""
        persons = Persons(*asked.shard, asked.wanted)
        limits = (*(days or self._days), asked.window, asked.anchors)
        return lambda lists: (Meant(*limits, lists.details), persons)

    def room(self, shard: Shard) -> Room:
        """Return room for the work on one list after the other."""
        most = shard.stop - shard.start + MORE
        details = max((each.segment.most_details for each in self.lists), default=0)
        who, place, begins, stops = (ARENA.take(most, np.uint32) for _ in range(4))
        low, high = (ARENA.take(most, np.int64) for _ in range(2))
        anchor = ARENA.take(most, np.uint32)
        ones, allowed = ARENA.take(IN_WORD, np.uint8), ARENA.take(details, np.bool_)
        places = Places(who, place)
        return Room(places, begins, stops, low, high, anchor, ones, allowed)


def _out(events: int, *, details: bool = False) -> Out:
    kinds = (np.uint32, np.int32, np.uint32, np.uint32)
    room = events + 1
    return Out(*map(ARENA.take, (room, room, room, room * details), kinds))


def with_codes(criterion: EventCriterion, index: Index) -> Members:
    """Return who has an event with the codes of a criterion."""
    lists = lists_of(criterion, index)
    sets = (segment.persons(run) for segment, runs in lists for run in runs)
    return union(sets, len(index))


def lists_of(
    criterion: EventCriterion, index: Index
) -> Iterator[tuple[Segment, list[range]]]:
    """Yield the runs of lists with the codes of a criterion, by segment."""
    for segment in index.segments:
        if criterion.table in (None, segment.manifest.table):
            yield segment, segment.runs(criterion.codes)


def days_of(criterion: EventCriterion) -> tuple[int, int]:
    """Return the first and the last day, since 1970, on which an event may begin."""
    dates = criterion.dates
    start = dates.start if dates else None
    end = dates.end if dates else None
    return (
        FIRST_DAY if start is None else (start - _EPOCH).days,
        LAST_DAY if end is None else (end - _EPOCH).days,
    )


def _lists(
    criterion: EventCriterion, index: Index, *, values: bool
) -> Iterator[_Lists]:
    for segment, runs in lists_of(criterion, index):
        if not runs:
            continue
        meant = segment.details.from_sources(criterion)
        met = segment.details.meeting(criterion) if values else NO_LOOKUP
        if len(meant) and len(met):
            meant &= met
        elif len(met):
            meant = met
        if len(meant) and not meant.any():
            continue
        if len(meant) and meant.all():
            meant = NO_LOOKUP
        numbers = np.concatenate([np.arange(run.start, run.stop) for run in runs])
        segment.check(numbers)
        yield _Lists(segment, numbers, meant)
