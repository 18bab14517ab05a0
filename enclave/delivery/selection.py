"""Which rows are delivered, and what is in them, as Ibis expressions.

They say nothing about an engine; :mod:`enclave.delivery.extraction` runs them.
"""

from datetime import date

import ibis
from ibis.expr.types import BooleanColumn, Column, DateColumn, Table

from enclave.delivery.minimisation import DeliveredTable, Precision
from enclave.projects.forms import Window


PERSON = "person"
INDEX_DATE = "index_date"
# No column of a mapping can have this name: theirs begin with a letter.
RANK = "_rank"
SHIFT = "_shift"
# The persons of the cohort, numbered in the order of their pseudonyms, each with the
# number of days that their dates move by where the policy says so.
PERSONS = ibis.table(
    {PERSON: "int64", INDEX_DATE: "date", RANK: "int32", SHIFT: "int32"},
    name="_persons",
)

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
    rows = _rows_of_cohort(table)
    if table.date is not None:
        rows = rows.filter(_inside(rows[table.date], window))
    precision = {column.name: column.precision for column in table.columns}
    columns = {
        name: as_precise(rows[name], precision[name], rows[SHIFT])
        for name in table.order
    }
    return rows.select(RANK, **columns)


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
        else _inside(rows[table.date], window)
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


def values_of(table: DeliveredTable, column: str) -> Table:
    """Select the different values of a column of text."""
    rows = _all_rows(table)
    return rows.filter(rows[column].notnull()).select(column).distinct()


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


def _rows_of_cohort(table: DeliveredTable) -> Table:
    return _all_rows(table).inner_join(PERSONS.select(PERSON, RANK, SHIFT), PERSON)


def _all_rows(table: DeliveredTable) -> Table:
    # All columns are named, not only those in use: Ibis may write * for all of them.
    types = {one.name: _TYPES[one.type] for one in table.entry.variables}
    return ibis.table(types, name=table.name)


def _inside(column: Column, window: Window) -> BooleanColumn:
    first, last = ibis.literal(window.start), ibis.literal(window.end)
    return column.cast("date").between(first, last)
