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
    Within,
)
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.matching import matching_events
from enclave.cohort.tables import EVENTS


# What makes two rows the same event delivered twice: a result comes from the
# laboratory system and again from the national register.
_SAME_EVENT = ["person", "code_system", "code", "date", "value", "operator", "unit"]


@dataclass(frozen=True)
class Search:
    """Persons of the population, of whom their events decide who is kept.

    Semi- and anti-joins rather than ``IN``: the engine then works out once what several
    criteria share, which is first of all the candidates with their index dates.
    """

    candidates: Table

    def keep_all(self, criteria: Sequence[Criterion]) -> Table:
        """Keep the candidates who meet every criterion."""
        return reduce(self._keep, criteria, self.candidates)

    def _keep(self, rows: Table, criterion: Criterion) -> Table:
        if isinstance(criterion, Not):
            return rows.anti_join(self._persons(criterion.criterion), "person")
        return rows.semi_join(self._persons(criterion), "person")

    def _persons(self, criterion: Criterion) -> Table:
        """Return who meets a criterion: at least once each, perhaps outsiders too."""
        match criterion:
            case EventCriterion():
                return _often(matching_events(EVENTS, criterion), criterion)
            case Within() | Around() | During():
                return self._related(criterion)
            case Steps():
                return _in_order(criterion)
            case _:
                return self._combined(criterion)

    def _combined(self, criterion: AllOf | AnyOf | AtLeastOf | Not) -> Table:
        match criterion:
            case AllOf(criteria=parts):
                return self.keep_all(parts).select("person")
            case AnyOf(criteria=parts):
                persons = [self._persons(part) for part in parts]
                return ibis.union(persons[0], *persons[1:])
            case AtLeastOf(criteria=parts):
                once = [self._persons(part).distinct() for part in parts]
                met = ibis.union(once[0], *once[1:]).group_by("person")
                return met.having(lambda rows: rows.count() >= criterion.number).agg()
            case Not():
                return self.keep_all([criterion]).select("person")

    def _related(self, criterion: Within | Around | During) -> Table:
        if isinstance(criterion, Within):
            anchors = self.candidates.select("person", start="index_date")
            return _often_near(anchors, criterion.criterion, _days(criterion))
        others = matching_events(EVENTS, criterion.anchor)
        if isinstance(criterion, Around):
            anchors = others.select("person", start="date").distinct()
            return _often_near(anchors, criterion.criterion, _days(criterion))
        # An end before the start is a slip, and counts as none.
        lasts = ibis.greatest(others.date, others.end_date.fill_null(others.date))
        episodes = others.select("person", start="date", end=lasts).distinct()
        return _often_near(episodes, criterion.criterion, _in_episode)


def _often_near(
    anchors: Table, criterion: EventCriterion, near: Callable[[Table], Table]
) -> Table:
    """Return the persons with enough events near one and the same anchor."""
    each = list(anchors.columns)
    found = matching_events(
        EVENTS, criterion, lambda rows: near(rows.inner_join(anchors, "person")), each
    )
    return _often(found, criterion, each)


def _days(window: Within | Around) -> Callable[[Table], Table]:
    def near(rows: Table) -> Table:
        day = rows.date.delta(rows.start, unit="day")
        conditions = []
        if window.from_days is not None:
            conditions.append(day >= window.from_days)
        if window.to_days is not None:
            conditions.append(day <= window.to_days)
        return rows.filter(conditions)

    return near


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
    """Return the persons with enough different events, on enough different days."""
    if criterion.is_single:
        return found.select("person")
    events = found.select(list(dict.fromkeys([*_SAME_EVENT, *each]))).distinct()
    counted = events.group_by(list(each)).having(
        lambda rows: (
            (rows.count() >= criterion.at_least)
            & (rows.date.nunique() >= (criterion.at_least_days or 1))
        )
    )
    return counted.agg().select("person")
