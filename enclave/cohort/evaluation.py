"""Find the persons of a question, as one Ibis expression.

The rules, with an example for each, are in ``docs/reference/question.md``. The one
expression runs wherever Ibis does; :func:`persons` runs it on a snapshot in DuckDB.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, DateValue, IntegerValue, Table

from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Criterion,
    EventCriterion,
    Not,
    Within,
)
from enclave.cohort.matching import CODE_ANCESTOR, in_range, matching_events
from enclave.cohort.population import AgeRange, Population
from enclave.cohort.question import Question
from enclave.errors import InputError


PERSON = ibis.table(
    {"person": "int64", "sex": "string", "birth_date": "date", "death_date": "date"},
    name="person",
)
EVENTS = ibis.table(
    {
        "person": "int64",
        "table": "string",
        "code": "string",
        "code_system": "string",
        "date": "date",
        "value": "float64",
        "operator": "string",
        "unit": "string",
        "low": "float64",
        "high": "float64",
        "source": "string",
    },
    name="events",
)

# What makes two rows the same event delivered twice: a result comes from the
# laboratory system and again from the national register.
_SAME_EVENT = ["person", "code_system", "code", "date", "value", "operator", "unit"]


def persons(question: Question, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Find the cohort on a snapshot.

    Parameters
    ----------
    connection
        With the view ``events`` and the table ``person`` of a snapshot.

    Returns
    -------
    pyarrow.Table
        ``person`` (int64, each once, ascending) and ``index_date`` (date32, null where
        the question has no index event).
    """
    return run(cohort(question).order_by("person"), connection)


def run(expression: Table, connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Run an expression over :data:`PERSON` and :data:`EVENTS` on a snapshot.

    Raises
    ------
    InputError
        If codes are asked for by their descendants and the snapshot has no vocabulary.
    """
    query = ibis.to_sql(expression, dialect="duckdb")
    try:
        return connection.sql(query).to_arrow_table()
    except duckdb.CatalogException as missing:
        if CODE_ANCESTOR.get_name() in str(missing):
            raise InputError(
                "The question asks for codes below others, and this snapshot holds no"
                " vocabulary to look them up in. Name the codes, or use prefixes."
            ) from missing
        raise


def cohort(question: Question) -> Table:
    """Return the cohort as an expression: ``person`` and ``index_date``, unordered."""
    everybody = _with_index_date(question.index)
    conditions = [
        ibis.literal(value=True),
        *_population(question.population, everybody),
    ]
    candidates = everybody.filter(conditions).select("person", "index_date")
    return _Search(candidates).keep_all(question.criteria)


def _with_index_date(index: EventCriterion | None) -> Table:
    if index is None:
        return PERSON.mutate(index_date=ibis.null("date"))
    first = (
        matching_events(EVENTS, index)
        .group_by("person")
        .agg(index_date=lambda rows: rows.date.min())
    )
    return PERSON.inner_join(first, "person")


def _population(population: Population, candidates: Table) -> list[BooleanValue]:
    conditions: list[BooleanValue] = []
    if population.sex is not None:
        conditions.append(candidates.sex == population.sex)
    if population.born is not None:
        conditions += in_range(candidates.birth_date, population.born)
    if population.age is not None:
        conditions.append(_has_age(candidates, population.age))
    if population.alive_at is not None:
        day = _moment(population.alive_at, candidates)
        conditions.append(candidates.birth_date <= day)
        conditions.append(
            candidates.death_date.isnull() | (candidates.death_date >= day)
        )
    return conditions


def _has_age(candidates: Table, age: AgeRange) -> BooleanValue:
    day = _moment(age.at, candidates)
    # Written as yyyymmdd, two dates differ by ten thousand per completed year.
    lived = _yyyymmdd(day) - _yyyymmdd(candidates.birth_date)
    condition = lived >= 10_000 * (age.minimum or 0)
    if age.maximum is not None:
        condition &= lived < 10_000 * (age.maximum + 1)
    return condition


def _yyyymmdd(day: DateValue) -> IntegerValue:
    return day.year() * 10_000 + day.month() * 100 + day.day()


def _moment(moment: str | date, candidates: Table) -> DateValue:
    return candidates.index_date if moment == "index" else ibis.literal(moment, "date")


@dataclass(frozen=True)
class _Search:
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
            case Within():
                return _often(self._in_window(criterion), criterion.criterion)
            case AnyOf(criteria=parts):
                persons = [self._persons(part) for part in parts]
                return ibis.union(persons[0], *persons[1:])
            case AllOf(criteria=parts):
                return self.keep_all(parts).select("person")
            case Not():
                return self.keep_all([criterion]).select("person")

    def _in_window(self, window: Within) -> Table:
        def kept(found: Table) -> Table:
            dated = found.inner_join(self.candidates, "person")
            day = dated.date.delta(dated.index_date, unit="day")
            conditions = []
            if window.from_days is not None:
                conditions.append(day >= window.from_days)
            if window.to_days is not None:
                conditions.append(day <= window.to_days)
            return dated.filter(conditions)

        return matching_events(EVENTS, window.criterion, kept)


def _often(found: Table, criterion: EventCriterion) -> Table:
    """Return the persons with enough different events, on enough different days."""
    if criterion.is_single:
        return found.select("person")
    events = found.select(_SAME_EVENT).distinct()
    counted = events.group_by("person")
    return counted.having(
        lambda rows: (
            (rows.count() >= criterion.at_least)
            & (rows.date.nunique() >= (criterion.at_least_days or 1))
        )
    ).agg()
