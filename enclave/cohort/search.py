"""Which of the candidates meet the criteria, as one Ibis expression."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import ibis
from ibis.expr.types import Table

from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Criterion,
    During,
    EventCriterion,
    Not,
    SameContact,
    Within,
)
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.matching import matching_events
from enclave.cohort.tables import EVENTS, OBSERVED


# What makes two rows the same event delivered twice: a result comes from the
# laboratory system and again from the national register.
_SAME_EVENT = ["person", "code_system", "code", "date", "value", "operator", "unit"]


@dataclass(frozen=True)
class Search:
    """Persons of the population, of whom their events decide who is kept.

    By index date, each of a person's days on which the index event may be is kept or
    not for itself.

    Semi- and anti-joins rather than ``IN``: the engine then works out once what several
    criteria share, which is first of all the candidates with their index dates.
    """

    candidates: Table
    by_index_date: bool = False

    @property
    def _keys(self) -> list[str]:
        return ["person", "index_date"] if self.by_index_date else ["person"]

    def keep_all(self, criteria: Sequence[Criterion]) -> Table:
        """Keep the candidates who meet every criterion."""
        return reduce(self._keep, criteria, self.candidates)

    def _keep(self, rows: Table, criterion: Criterion) -> Table:
        if isinstance(criterion, Not):
            return rows.anti_join(self._meeting(criterion.criterion), self._keys)
        return rows.semi_join(self._meeting(criterion), self._keys)

    def _meeting(self, criterion: Criterion) -> Table:
        """Return who meets a criterion: at least once each, perhaps outsiders too."""
        match criterion:
            case EventCriterion():
                return self._whenever(
                    _often(matching_events(EVENTS, criterion), criterion)
                )
            case Within():
                return self._near_index(criterion)
            case Around() | During() | SameContact():
                return self._whenever(_near_other(criterion))
            case Steps():
                return self._whenever(_in_order(criterion))
            case _:
                return self._combined(criterion)

    def _whenever(self, persons: Table) -> Table:
        """Return the persons with each of their days, of which it makes no matter."""
        if not self.by_index_date:
            return persons.select("person")
        return self.candidates.semi_join(persons, "person").select(*self._keys)

    def _combined(self, criterion: AllOf | AnyOf | AtLeastOf | Not) -> Table:
        match criterion:
            case AllOf(criteria=parts):
                return self.keep_all(parts).select(*self._keys)
            case AnyOf(criteria=parts):
                meeting = [self._meeting(part) for part in parts]
                return ibis.union(meeting[0], *meeting[1:])
            case AtLeastOf(criteria=parts):
                once = [self._meeting(part).distinct() for part in parts]
                met = ibis.union(once[0], *once[1:]).group_by(self._keys)
                return met.having(lambda rows: rows.count() >= criterion.number).agg()
            case Not():
                return self.keep_all([criterion]).select(*self._keys)

    def _near_index(self, criterion: Within) -> Table:
        anchors = self.candidates.select("person", start="index_date")
        near = _days(criterion)
        if criterion.observed:
            near = _observed_too(near)
        found = _often_near(anchors, criterion.criterion, near)
        return found.select("person", index_date="start").select(*self._keys)


def _near_other(criterion: Around | During | SameContact) -> Table:
    others = matching_events(EVENTS, criterion.anchor)
    match criterion:
        case Around():
            anchors = others.select("person", start="date").distinct()
            return _often_near(anchors, criterion.criterion, _days(criterion))
        case During():
            # An end before the start is a slip, and counts as none.
            last = ibis.greatest(others.date, others.end_date.fill_null(others.date))
            anchors = others.select("person", start="date", end=last).distinct()
            return _often_near(anchors, criterion.criterion, _in_episode)
        case SameContact():
            anchors = others.select("person", within="contact").distinct()
            return _often_near(anchors, criterion.criterion, _in_contact)


def _often_near(
    anchors: Table, criterion: EventCriterion, near: Callable[[Table], Table]
) -> Table:
    """Return the anchors with enough events near them."""
    each = list(anchors.columns)
    found = matching_events(
        EVENTS, criterion, lambda rows: near(rows.inner_join(anchors, "person")), each
    )
    return _often(found, criterion, each)


def _days(window: Within | Around) -> Callable[[Table], Table]:
    def near(rows: Table) -> Table:
        day = rows.date.delta(rows.start, unit="day")
        conditions = [ibis.literal(value=True)]
        if window.from_days is not None:
            conditions.append(day >= window.from_days)
        if window.to_days is not None:
            conditions.append(day <= window.to_days)
        return rows.filter(conditions)

    return near


def _observed_too(near: Callable[[Table], Table]) -> Callable[[Table], Table]:
    """Keep of the events near the index event those in its period of observation."""

    def observed(rows: Table) -> Table:
        rows = near(rows)
        return rows.semi_join(
            OBSERVED,
            [
                rows.person == OBSERVED.person,
                OBSERVED.from_date <= ibis.least(rows.start, rows.date),
                OBSERVED.to_date >= ibis.greatest(rows.start, rows.date),
            ],
        )

    return observed


def _in_contact(rows: Table) -> Table:
    return rows.filter(rows.contact == rows.within)


def _in_episode(rows: Table) -> Table:
    return rows.filter(rows.date.between(rows.start, rows.end))


def _in_order(sequence: Steps) -> Table:
    """Return who has a day of the last step that the steps before lead to."""
    first, *others = [matching_events(EVENTS, step) for step in sequence.steps]
    reached = first.select("person", start="date").distinct()
    for step in others:
        dated = step.inner_join(reached, "person")
        day = dated.date.delta(dated.start, unit="day")
        next_days = dated.filter(day >= sequence.from_days)
        if sequence.to_days is not None:
            next_days = dated.filter(day.between(sequence.from_days, sequence.to_days))
        reached = next_days.select("person", start="date").distinct()
    return reached.select("person")


def _often(
    found: Table, criterion: EventCriterion, each: Sequence[str] = ("person",)
) -> Table:
    """Return each of what has enough different events, on enough different days."""
    if criterion.is_single:
        return found.select(list(each))
    events = found.select(list(dict.fromkeys([*_SAME_EVENT, *each]))).distinct()
    counted = events.group_by(list(each)).having(
        lambda rows: (
            (rows.count() >= criterion.at_least)
            & (rows.date.nunique() >= (criterion.at_least_days or 1))
        )
    )
    return counted.agg()
