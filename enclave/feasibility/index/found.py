"""Events that were read, and what is asked about several of them together."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from enclave.cohort.event import EventCriterion
from enclave.feasibility.index.kernels import NEVER, lower, once_each, raise_to, tally
from enclave.feasibility.index.scanning import Window
from enclave.feasibility.index.segment import Events, Segment


class Found(NamedTuple):
    """Events of a segment.

    Attributes
    ----------
    numbers
        The list of each event, where details were asked for.
    """

    segment: Segment
    events: Events
    numbers: np.ndarray

    def keep(self, which: np.ndarray) -> "Found":
        """Return some of the events."""
        person, day, detail = self.events
        detail = detail[which] if len(detail) else detail
        numbers = self.numbers[which] if len(self.numbers) else self.numbers
        return Found(self.segment, Events(person[which], day[which], detail), numbers)


def picked(found: list[Found], criterion: EventCriterion, persons: int) -> list[Found]:
    """Keep the events of each person's first or last day: all, if there are several."""
    if str(criterion.pick).startswith("first"):
        edge = np.full(persons, NEVER, dtype=np.int32)
        for each in found:
            lower(each.events.person, each.events.day, edge)
    else:
        edge = np.full(persons, NEVER, dtype=np.int32)
        for each in found:
            raise_to(each.events.person, each.events.day, edge)
    return [each.keep(each.events.day == edge[each.events.person]) for each in found]


def on_days(events: Events, days: tuple[int, int], window: Window) -> np.ndarray:
    """Return which events began on one of these days, and in their window."""
    day = events.day.astype(np.int64)
    meant: np.ndarray = (day >= days[0]) & (day <= days[1])
    if len(window.origin):
        origin = window.origin[events.person].astype(np.int64)
        after = day - origin
        meant &= (origin != NEVER) & (after >= window.from_days)
        meant &= after <= window.to_days
    return meant


def often(found: list[Found], criterion: EventCriterion, persons: int) -> np.ndarray:
    """Return per ordinal whether there are enough different events on enough days."""
    enough = np.ones(persons, dtype=np.bool_)
    by_code: dict[tuple[str | None, str], list[Found]] = defaultdict(list)
    for each in found:
        segment = each.segment
        for number in np.unique(each.numbers).tolist():
            code = segment.systems[number], segment.codes[number]
            by_code[code].append(each.keep(each.numbers == number))
    counts = np.zeros(persons, dtype=np.uint16)
    for lists in by_code.values():
        tally(_different(lists), counts)
    enough &= counts >= criterion.at_least
    if criterion.at_least_days is not None:
        counts = np.zeros(persons, dtype=np.uint16)
        tally(_different_days(found), counts)
        enough &= counts >= criterion.at_least_days
    return enough


def _different(lists: list[Found]) -> np.ndarray:
    """Return the person of each different event with one code."""
    if len(lists) == 1:
        segment, events, _ = lists[0]
        same = segment.details.same[events.detail]
        new: np.ndarray = once_each(events.person, events.day, same)
        person: np.ndarray = events.person[new]
        return person
    # The same event may stand in several segments, where its detail has other numbers.
    numbers: dict[str, int] = {}
    parts = []
    for segment, (person, day, detail), _ in lists:
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
