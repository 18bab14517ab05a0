"""Find the persons of a question, as one Ibis expression.

The rules, with an example for each, are in ``docs/reference/question.md``. The one
expression runs wherever Ibis does; :func:`persons` runs it on a snapshot in DuckDB.
"""

from datetime import date

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue, DateValue, IntegerValue, Table

from enclave.cohort.matching import in_range, matching_events
from enclave.cohort.population import AgeRange, Observed, Population, YearRange
from enclave.cohort.question import Question
from enclave.cohort.search import Search
from enclave.cohort.tables import CODE_ANCESTOR, EVENTS, OBSERVED, PERSON
from enclave.errors import InputError


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
    """Run an expression over :mod:`enclave.cohort.tables` on a snapshot.

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
    everybody = _with_index_dates(question)
    conditions = [
        ibis.literal(value=True),
        *_population(question.population, everybody),
    ]
    candidates = everybody.filter(conditions).select("person", "index_date")
    if question.population.observed is not None:
        candidates = _observed(candidates, question.population.observed)
    if question.index_rule is None:
        return Search(candidates).keep_all(question.criteria)
    fitting = Search(candidates, by_index_date=True).keep_all(question.criteria)
    return _earliest(fitting)


def _with_index_dates(question: Question) -> Table:
    """Return the persons with the days on which their index event may be."""
    if question.index is None:
        return PERSON.mutate(index_date=ibis.null("date"))
    asked = question.index_observed

    def observed(rows: Table) -> Table:
        return rows if asked is None else _observed_round(rows, rows.date, asked)

    found = matching_events(EVENTS, question.index, observed)
    days = found.select("person", index_date="date")
    days = days.distinct() if question.index_rule else _earliest(days)
    return PERSON.inner_join(days, "person")


def _earliest(days: Table) -> Table:
    return days.group_by("person").agg(index_date=lambda rows: rows.index_date.min())


def _population(population: Population, candidates: Table) -> list[BooleanValue]:
    conditions: list[BooleanValue] = []
    if population.sex is not None:
        conditions.append(candidates.sex == population.sex)
    if population.born is not None:
        conditions += in_range(candidates.birth_date, population.born)
    if population.birth_year is not None:
        conditions += _born_in(candidates, population.birth_year)
    if population.age is not None:
        conditions.append(_has_age(candidates, population.age))
    if population.alive_at is not None:
        day = _moment(population.alive_at, candidates)
        conditions.append(candidates.birth_date <= day)
        conditions.append(
            candidates.death_date.isnull() | (candidates.death_date >= day)
        )
    return conditions


def _born_in(candidates: Table, years: YearRange) -> list[BooleanValue]:
    year, conditions = candidates.birth_date.year(), []
    if years.minimum is not None:
        conditions.append(year >= years.minimum)
    if years.maximum is not None:
        conditions.append(year <= years.maximum)
    return conditions


def _observed(candidates: Table, asked: Observed) -> Table:
    """Keep those of whom one period of observation covers the days."""
    if asked.from_date is None or asked.to_date is None:
        return _observed_round(candidates, candidates.index_date, asked)
    periods = OBSERVED.filter(
        OBSERVED.from_date <= ibis.literal(asked.from_date, "date"),
        OBSERVED.to_date >= ibis.literal(asked.to_date, "date"),
    )
    return candidates.semi_join(periods, "person")


def _observed_round(rows: Table, day: DateValue, asked: Observed) -> Table:
    """Keep the rows of which one period covers so many days round the day."""
    return rows.semi_join(
        OBSERVED,
        [
            rows.person == OBSERVED.person,
            # Whole days between two dates, as windows count them.
            day.delta(OBSERVED.from_date, unit="day") >= (asked.days_before or 0),
            OBSERVED.to_date.delta(day, unit="day") >= (asked.days_after or 0),
        ],
    )


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
