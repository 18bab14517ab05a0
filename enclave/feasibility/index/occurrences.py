"""The events that a criterion means, in all segments of an index.

The rules are those of :func:`enclave.cohort.matching.matching_events`: first the codes,
tables and sources, then the first or last ever, then period and window, then the first
or last in them, and then value and limits.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from enclave.cohort.event import EventCriterion
from enclave.feasibility.index.details import NO_LOOKUP
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.kernels import NEVER, lower, once_each, raise_to, tally
from enclave.feasibility.index.segment import (
    FIRST_DAY,
    LAST_DAY,
    NO_WINDOW,
    Asked,
    Events,
    Segment,
    Window,
)


_EPOCH = date(1970, 1, 1)


class Found(NamedTuple):
    """Events of one list of a segment."""

    segment: Segment
    number: int
    events: Events

    def keep(self, which: np.ndarray) -> "Found":
        """Return some of the events."""
        person, day, detail = self.events
        detail = detail[which] if len(detail) else detail
        return self._replace(events=Events(person[which], day[which], detail))


def lists_of(
    criterion: EventCriterion, index: Index
) -> Iterator[tuple[Segment, list[range]]]:
    """Yield the runs of lists with the codes of a criterion, by segment."""
    for segment in index.segments:
        if criterion.table in (None, segment.manifest.table):
            yield segment, segment.runs(criterion.codes)


def occurrences(
    criterion: EventCriterion,
    index: Index,
    persons: np.ndarray = NO_LOOKUP,
    window: Window = NO_WINDOW,
    *,
    details: bool = False,
    once: bool = False,
) -> list[Found]:
    """Return the events that a criterion means.

    Parameters
    ----------
    persons
        Per ordinal whether anybody asks; empty for everybody.
    details
        Whether the details of the events are wished for.
    once
        Whether the first event of a person with each code is enough.
    """
    first_day, last_day = days_of(criterion)
    if criterion.pick is None:
        asked = Asked(persons, first_day, last_day, window, details, once)
        return _read(criterion, index, asked, values=True)
    has_value = criterion.value is not None or criterion.abnormal is not None
    asked = Asked(persons, details=details or has_value)
    if not criterion.pick.endswith("_ever"):
        asked = asked._replace(first_day=first_day, last_day=last_day, window=window)
    found = _picked(_read(criterion, index, asked, values=False), criterion, len(index))
    if criterion.pick.endswith("_ever"):
        found = [each.keep(_on_days(each.events, criterion, window)) for each in found]
    if has_value:
        found = [
            each.keep(each.segment.details.meeting(criterion)[each.events.detail])
            for each in found
        ]
    return found


def often(found: list[Found], criterion: EventCriterion, persons: int) -> np.ndarray:
    """Return per ordinal whether there are enough different events on enough days."""
    enough = np.ones(persons, dtype=np.bool_)
    by_code = defaultdict(list)
    for each in found:
        segment, number, _ = each
        by_code[segment.systems[number], segment.codes[number]].append(each)
    counts = np.zeros(persons, dtype=np.uint16)
    for lists in by_code.values():
        tally(_different(lists), counts)
    enough &= counts >= criterion.at_least
    if criterion.at_least_days is not None:
        counts = np.zeros(persons, dtype=np.uint16)
        tally(_different_days(found), counts)
        enough &= counts >= criterion.at_least_days
    return enough


def persons_of(found: list[Found], persons: int) -> np.ndarray:
    """Return per ordinal whether there is any of the events."""
    met = np.zeros(persons, dtype=np.bool_)
    for each in found:
        met[each.events.person] = True
    return met


def first_days(found: list[Found], persons: int) -> np.ndarray:
    """Return the earliest day of every ordinal, or never."""
    first = np.full(persons, NEVER, dtype=np.int32)
    for each in found:
        lower(each.events.person, each.events.day, first)
    return first


def days_of(criterion: EventCriterion) -> tuple[int, int]:
    """Return the first and the last day, since 1970, on which an event may begin."""
    dates = criterion.dates
    start = dates.start if dates else None
    end = dates.end if dates else None
    return (
        FIRST_DAY if start is None else (start - _EPOCH).days,
        LAST_DAY if end is None else (end - _EPOCH).days,
    )


def _read(
    criterion: EventCriterion, index: Index, asked: Asked, *, values: bool
) -> list[Found]:
    found = []
    for segment, runs in lists_of(criterion, index):
        allowed = segment.details.from_sources(criterion)
        met = segment.details.meeting(criterion) if values else NO_LOOKUP
        if len(allowed) and len(met):
            allowed &= met
        elif len(met):
            allowed = met
        for number in (number for run in runs for number in run):
            events = segment.events(number, asked, allowed)
            found.append(Found(segment, number, events))
    return [each for each in found if len(each.events.person)]


def _picked(found: list[Found], criterion: EventCriterion, persons: int) -> list[Found]:
    """Keep the events of each person's first or last day: all, if there are several."""
    if str(criterion.pick).startswith("first"):
        edge = first_days(found, persons)
    else:
        edge = np.full(persons, NEVER, dtype=np.int32)
        for each in found:
            raise_to(each.events.person, each.events.day, edge)
    return [each.keep(each.events.day == edge[each.events.person]) for each in found]


def _on_days(events: Events, criterion: EventCriterion, window: Window) -> np.ndarray:
    day = events.day.astype(np.int64)
    first_day, last_day = days_of(criterion)
    meant: np.ndarray = (day >= first_day) & (day <= last_day)
    if len(window.origin):
        origin = window.origin[events.person].astype(np.int64)
        after = day - origin
        meant &= (origin != NEVER) & (after >= window.from_days)
        meant &= after <= window.to_days
    return meant


def _different(lists: list[Found]) -> np.ndarray:
    """Return the person of each different event with one code."""
    if len(lists) == 1:
        segment, _, events = lists[0]
        same = segment.details.same[events.detail]
        new: np.ndarray = once_each(events.person, events.day, same)
        person: np.ndarray = events.person[new]
        return person
    # The same event may stand in several segments, where its detail has other numbers.
    numbers: dict[str, int] = {}
    parts = []
    for segment, _, (person, day, detail) in lists:
        different, where = np.unique(detail, return_inverse=True)
        texts = segment.details.texts(different)
        same = [numbers.setdefault(text, len(numbers)) for text in texts]
        parts.append(np.stack([person, day, np.array(same, np.int64)[where]]))
    every = np.unique(np.concatenate(parts, axis=1), axis=1)
    return np.asarray(every[0], dtype=np.uint32)


def _different_days(found: list[Found]) -> np.ndarray:
    """Return the person of each different day with any of their events."""
    if not found:
        return np.empty(0, dtype=np.int64)
    packed = [
        (each.events.person.astype(np.int64) << 32)
        | (each.events.day.astype(np.int64) + 2**31)
        for each in found
    ]
    days: np.ndarray = np.unique(np.concatenate(packed))
    return days >> 32
