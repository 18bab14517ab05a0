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
from enclave.feasibility.index.found import Found, often, on_days, picked
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.kernels import NEVER, lower, near, tally_different
from enclave.feasibility.index.roaring import set_those
from enclave.feasibility.index.scanning import (
    NO_ANCHORS,
    NO_LOOKUP,
    NO_WINDOW,
    Anchors,
    Chosen,
    Window,
    choose,
    have_origin,
    lower_to_first,
    read,
    set_nearness,
    set_windows,
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


class Asked(NamedTuple):
    """Whose events are asked for, and when.

    Attributes
    ----------
    persons
        Per ordinal whether anybody asks; empty for everybody.
    """

    shard: Shard
    persons: np.ndarray = NO_LOOKUP
    window: Window = NO_WINDOW
    anchors: Anchors = NO_ANCHORS


class _List(NamedTuple):
    """A list, and which of its details are meant; empty for all."""

    segment: Segment
    number: int
    allowed: np.ndarray


class Occurrences:
    """The events that a criterion means.

    Attributes
    ----------
    number
        How many events there are to look at.
    """

    def __init__(self, criterion: EventCriterion, index: Index) -> None:
        self._criterion = criterion
        self._persons = len(index)
        self._days = days_of(criterion)
        self._has_value = criterion.value is not None or criterion.abnormal is not None
        self._lists = list(_lists(criterion, index, values=criterion.pick is None))
        self.number = sum(int(s.events_of[number]) for s, number, _ in self._lists)

    def having(self, work: Callable[[np.ndarray, Shard], None]) -> np.ndarray:
        """Return per ordinal what some work finds, done in shards."""
        met = np.zeros(self._persons, dtype=np.bool_)
        in_shards(
            lambda shard: work(met, shard), persons=self._persons, events=self.number
        )
        return met

    def first_days(self) -> np.ndarray:
        """Return the earliest day of every ordinal, or never."""
        first = np.full(self._persons, NEVER, dtype=np.int32)

        def work(shard: Shard) -> None:
            if self._criterion.pick is None:
                for each in self._lists:
                    self._lower(each, Asked(shard), first)
                return
            for found in self.events(Asked(shard)):
                lower(found.events.person, found.events.day, first)

        in_shards(work, persons=self._persons, events=self.number)
        return first

    def mark(self, asked: Asked, met: np.ndarray) -> None:
        """Set whoever has enough events that are meant."""
        if not self._criterion.is_single:
            own = slice(asked.shard.start, asked.shard.stop)
            met[own] |= self._often(asked)[own]
        elif self._criterion.pick is None:
            for each in self._lists:
                set_those(self._of_list(each, asked, once=True).person, met)
        else:
            for found in self.events(asked):
                set_those(found.events.person, met)

    def events(self, asked: Asked, *, details: bool = False) -> list[Found]:
        """Return the events themselves.

        Parameters
        ----------
        details
            Whether their details are wished for.
        """
        criterion = self._criterion
        if criterion.pick is None:
            return self._read(asked, self._days, details=details)
        ever = criterion.pick.endswith("_ever")
        plain = Asked(asked.shard, asked.persons)
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

    def _often(self, asked: Asked) -> np.ndarray:
        criterion, counts = self._criterion, ARENA.zeros(self._persons, np.uint16)
        codes = {
            (seg.systems[number], seg.codes[number]) for seg, number, _ in self._lists
        }
        if criterion.at_least_days is not None or len(codes) < len(self._lists):
            found = self.events(asked, details=True)
            return often(found, criterion, self._persons)
        for each in self._lists:
            events = self._of_list(each, asked, details=True)
            same = each.segment.same_details(each.number)
            tally_different(*events, same, counts)
        enough: np.ndarray = counts >= criterion.at_least
        return enough

    def _lower(self, each: _List, asked: Asked, first: np.ndarray) -> None:
        if len(each.allowed) or self._days != ANY_DAY:
            events = self._of_list(each, asked, once=True)
            lower(events.person, events.day, first)
        else:
            lower_to_first(each.segment.rows(each.number, asked.shard), first)

    def _read(
        self, asked: Asked, days: tuple[int, int], *, details: bool
    ) -> list[Found]:
        found = []
        for each in self._lists:
            segment, number, _ = each
            person, day, detail = self._of_list(each, asked, days, details=details)
            if details:
                detail = segment.own_details(number)[detail]
            if len(person):
                found.append(Found(segment, number, Events(person, day, detail)))
        return found

    def _of_list(
        self,
        each: _List,
        asked: Asked,
        days: tuple[int, int] | None = None,
        *,
        once: bool = False,
        details: bool = False,
    ) -> Events:
        """Return the events of one list, with the numbers that details have in it.

        Parameters
        ----------
        once
            Whether the first event of each person is enough.
        """
        segment, number, allowed = each
        rows = segment.rows(number, asked.shard)
        chosen = _chosen(rows.who, asked, days or self._days)
        most = len(rows.who) if once else int(rows.begins[-1]) - int(rows.begins[0])
        person, day = ARENA.take(most, np.uint32), ARENA.take(most, np.int32)
        detail = ARENA.take(most if details else 0, np.uint32)
        out = person, day, detail
        found = read(rows, chosen, (allowed, once), asked.anchors, out)
        return Events(person[:found], day[:found], detail[:found])


def _chosen(who: np.ndarray, asked: Asked, days: tuple[int, int]) -> Chosen:
    places = ARENA.take(len(who), np.uint32)
    places = places[: choose(who, asked.persons, places)]
    if len(asked.window.origin):
        places = places[: have_origin(who, asked.window.origin, places)]
    low, high = (ARENA.take(len(places), np.int32) for _ in days)
    low.fill(days[0])
    high.fill(days[1])
    chosen = Chosen(places, low, high)
    if len(asked.window.origin):
        set_windows(who, chosen, asked.window)
    if len(asked.anchors.stops):
        set_nearness(who, chosen, asked.anchors)
    return chosen


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


def _lists(criterion: EventCriterion, index: Index, *, values: bool) -> Iterator[_List]:
    for segment, runs in lists_of(criterion, index):
        if not runs:
            continue
        meant = segment.details.from_sources(criterion)
        met = segment.details.meeting(criterion) if values else NO_LOOKUP
        if len(meant) and len(met):
            meant &= met
        elif len(met):
            meant = met
        for number in (number for run in runs for number in run):
            allowed = meant[segment.own_details(number)] if len(meant) else meant
            if len(meant) and not allowed.any():
                continue
            if len(meant) and allowed.all():
                allowed = NO_LOOKUP
            yield _List(segment, number, allowed)
