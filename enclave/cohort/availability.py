"""How much of a variable there is on the days on which a question asks for it."""

import ibis
from ibis.expr.types import Table

from enclave.cohort.evaluation import cohort
from enclave.cohort.question import Question
from enclave.cohort.relations import VariableWindow


def available(question: Question, window: VariableWindow, date: str) -> Table:
    """Count the values that the cohort has in a window round the index event.

    Parameters
    ----------
    date
        The column of the variable's table that says when.

    Returns
    -------
    Table
        One row: ``persons`` with a value, ``values``, ``first_year``, ``last_year``.
    """
    table, name = window.variable.split(".")
    # Only whether a cell is empty matters: any type may stand for the real one.
    columns = {"person": "int64", name: "string", date: "timestamp"}
    rows = ibis.table(columns, name=table).inner_join(cohort(question), "person")
    day = rows[date].cast("date")
    distance = day.delta(rows.index_date, unit="day")
    conditions = [rows[name].notnull()]
    if window.from_days is not None:
        conditions.append(distance >= window.from_days)
    if window.to_days is not None:
        conditions.append(distance <= window.to_days)
    return rows.filter(conditions).agg(
        persons=lambda kept: kept.person.nunique(),
        values=lambda kept: kept.count(),
        first_year=lambda kept: kept[date].year().min(),
        last_year=lambda kept: kept[date].year().max(),
    )
