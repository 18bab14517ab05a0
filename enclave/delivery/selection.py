"""Which rows are delivered, and what is in them, as Ibis expressions.

They say nothing about an engine; :mod:`enclave.delivery.extraction` runs them.
"""

from datetime import date
from functools import reduce
from operator import or_

import ibis
from ibis.expr.types import BooleanColumn, Column, DateColumn, Table

from enclave.delivery.minimisation import (
    AGE_BAND,
    FEWEST_PERSONS,
    RARE,
    DeliveredColumn,
    DeliveredTable,
    Precision,
)
from enclave.projects.forms import Window


PERSON = "person"
INDEX_DATE = "index_date"
# No column of a mapping can have this name: theirs begin with a letter.
RANK = "_rank"
SHIFT = "_shift"
_INDEX = "_index_date"
# From this age on all are one band.
_OLDEST = 90
# The persons of the cohort, numbered in the order of their pseudonyms, each with the
# number of days that their dates move by where the policy says so.
PERSONS = ibis.table(
    {PERSON: "int64", INDEX_DATE: "date", RANK: "int32", SHIFT: "int32"},
    name="_persons",
)
_BESIDE_ROWS = PERSONS.select(PERSON, RANK, SHIFT, **{_INDEX: PERSONS[INDEX_DATE]})

_TYPES = {
    "string": "string",
    "integer": "int64",
    "number": "float64",
    "date": "date",
    "datetime": "timestamp",
    "boolean": "boolean",
    "person": "int64",
}


def granted_rows(table: DeliveredTable, window: Window) -> Table:
    """Select the person's number, then the granted columns in the order of the rows."""
    rows = _rows_inside(table, window)
    columns = {
        name: _given(rows, table, table.column(name), window) for name in table.order
    }
    return rows.select(RANK, **columns)


def common_values(table: DeliveredTable, column: str, window: Window) -> Table:
    """Select the values of a column that are not those of a few persons."""
    rows = _rows_inside(table, window)
    days = table.column(column).days
    if days is not None:
        rows = rows.filter(_near(rows, table, days))
    counted = rows.group_by(column).agg(persons=rows[PERSON].nunique())
    return counted.filter(counted.persons >= FEWEST_PERSONS).select(column)


def common_table(table: str, column: str) -> Table:
    """Return where :func:`common_values` are kept."""
    return ibis.table({column: "string"}, name=f"_common_{table}_{column}")


def population_rows(index: Precision | None) -> Table:
    """Select every person's number, and the index date if ``index`` says how."""
    if index is None:
        return PERSONS.select(RANK)
    day = as_precise(PERSONS[INDEX_DATE], index, PERSONS[SHIFT])
    return PERSONS.select(RANK, **{INDEX_DATE: day})


def rows_by_person(table: DeliveredTable, window: Window) -> Table:
    """Count each person's rows: ``person``, ``rows``, and those ``inside`` the window.

    Where a table knows no window, every row is inside.
    """
    rows = _rows_of_cohort(table)
    inside = (
        ibis.literal(value=True)
        if table.date is None
        else _granted(rows, table, window)
    )
    return (
        rows.select(PERSON, inside=inside)
        .group_by(PERSON)
        .agg(
            rows=lambda each: each.count(),
            inside=lambda each: each.count(where=each.inside),
        )
    )


def died_before(day: date) -> Table:
    """Select the persons of the cohort who died before a day."""
    rows = ibis.table({PERSON: "int64", "death_date": "date"}, name="person")
    died = rows.filter(rows.death_date < ibis.literal(day))
    return died.semi_join(PERSONS, PERSON).select(PERSON)


def as_precise(column: Column, precision: Precision | None, shift: Column) -> Column:
    """Make dates as precise as they may be delivered.

    What is left out counts as the middle of what is possible, as everywhere in the
    warehouse: the 15th of the month, the 1st of July of the year. So a difference of
    two dates is right on average.

    Parameters
    ----------
    shift
        Days that each row's person moves by.
    """
    if precision in (None, "exact"):
        return column
    if precision == "shift":
        # DuckDB makes a moment of a day that is moved, Ibis believes it stays a day.
        moved = column.cast("timestamp") + shift.as_interval("D")
        return moved.cast(column.type())
    day: DateColumn = column.cast("date")
    if precision == "month":
        return ibis.date(day.year(), day.month(), 15)
    return ibis.date(day.year(), 7, 1)


def _given(
    rows: Table, table: DeliveredTable, column: DeliveredColumn, window: Window
) -> Column:
    value = _delivered(rows, column, window)
    if column.days is None:
        return value
    return _near(rows, table, column.days).ifelse(value, ibis.null())


def _delivered(rows: Table, column: DeliveredColumn, window: Window) -> Column:
    value = rows[column.variable.name]
    if column.precision == AGE_BAND:
        since = ibis.coalesce(rows[_INDEX], ibis.literal(window.start))
        return _age_band(value.cast("date"), since)
    if column.hides_few:
        common = common_table(column.variable.table, column.name)
        hidden = value.notnull() & value.notin(common[column.name])
        return hidden.ifelse(RARE, value)
    return as_precise(value, column.precision, rows[SHIFT])


def _age_band(born: DateColumn, on: DateColumn) -> Column:
    """Return ten years of age as text, from 90 on together."""
    before = (on.month() * 100 + on.day()) < (born.month() * 100 + born.day())
    age = on.year() - born.year() - before.cast("int32")
    low = (age // 10) * 10
    band = low.cast("string") + "-" + (low + 9).cast("string")
    return ibis.cases((age < 0, None), (age >= _OLDEST, f"{_OLDEST}+"), else_=band)


def _rows_inside(table: DeliveredTable, window: Window) -> Table:
    rows = _rows_of_cohort(table)
    if table.date is None:
        return rows
    return rows.filter(_granted(rows, table, window))


def _granted(rows: Table, table: DeliveredTable, window: Window) -> BooleanColumn:
    inside = _inside(rows[table.date], window)
    if not table.days:
        return inside
    near = [_near(rows, table, days) for days in sorted(table.days)]
    return inside & reduce(or_, near)


def _near(rows: Table, table: DeliveredTable, days: tuple[int, int]) -> BooleanColumn:
    """Tell which rows lie round their person's index event, in real days.

    Where a person has no index date it is unknown, so nothing is given.
    """
    since = rows[table.date].cast("date").delta(rows[_INDEX], unit="day")
    return since.between(*days)


def _rows_of_cohort(table: DeliveredTable) -> Table:
    return _all_rows(table).inner_join(_BESIDE_ROWS, PERSON)


def _all_rows(table: DeliveredTable) -> Table:
    # All columns are named, not only those in use: Ibis may write * for all of them.
    types = {one.name: _TYPES[one.type] for one in table.entry.variables}
    return ibis.table(types, name=table.name)


def _inside(column: Column, window: Window) -> BooleanColumn:
    first, last = ibis.literal(window.start), ibis.literal(window.end)
    return column.cast("date").between(first, last)
