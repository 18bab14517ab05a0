"""How many persons a question finds on a snapshot: exact, and for the enclave only.

No number from here is shown to anybody who may not see the data behind it: the count
gate (:mod:`enclave.disclosure`) decides what is shown instead.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import ibis
from ibis.expr.types import Table

from enclave.cohort.attrition import steps
from enclave.cohort.evaluation import cohort, run
from enclave.cohort.question import Question
from enclave.errors import InputError
from enclave.warehouse.catalogue import Catalogue
from enclave.warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Step:
    """How many persons are left after one step of a question."""

    label_en: str
    label_da: str
    persons: int


@dataclass(frozen=True)
class Availability:
    """How many persons of a cohort have at least one value of a variable."""

    variable: str
    persons: int


def count(question: Question, snapshot: Snapshot) -> int:
    """Return the exact number of persons in the cohort."""
    with snapshot.connect() as connection:
        return _count(question, connection)


def attrition(question: Question, snapshot: Snapshot) -> list[Step]:
    """Return how many persons are left after each step, from everybody on."""
    with snapshot.connect() as connection:
        return [
            Step(step.label_en, step.label_da, _count(step.question, connection))
            for step in steps(question)
        ]


def availability(
    question: Question, snapshot: Snapshot, variables: Sequence[str]
) -> list[Availability]:
    """Return for each variable how many persons of the cohort have a value.

    Parameters
    ----------
    variables
        Full names, ``lab.value``; at any time, not only round the index event.

    Raises
    ------
    NotFoundError
        If the catalogue has no such variable.
    InputError
        If a variable is not about persons.
    """
    columns = _columns(variables, snapshot.catalogue)
    counted: dict[str, int] = {}
    with snapshot.connect() as connection:
        for table, names in columns.items():
            expression = _persons_with_value(question, table, names)
            (row,) = run(expression, connection).to_pylist()
            counted |= {f"{table}.{name}": row[name] for name in names}
    return [Availability(name, counted[name]) for name in variables]


def _count(question: Question, connection: duckdb.DuckDBPyConnection) -> int:
    counted = cohort(question).agg(persons=lambda found: found.count())
    persons: int = run(counted, connection)["persons"][0].as_py()
    return persons


def _columns(variables: Sequence[str], catalogue: Catalogue) -> dict[str, list[str]]:
    """Sort variables by their tables, so that each table is read once."""
    columns = defaultdict(list)
    for full_name in variables:
        variable = catalogue.variable(full_name)
        if catalogue.table(variable.table).kind == "reference":
            raise InputError(
                f"{full_name} is not about persons, so nobody has a value in it. Ask"
                " for variables of a table of persons or of events."
            )
        columns[variable.table].append(variable.name)
    return columns


def _persons_with_value(question: Question, table: str, names: Sequence[str]) -> Table:
    # Only whether a cell is empty matters: any type may stand for the real one.
    rows = ibis.table({**dict.fromkeys(names, "string"), "person": "int64"}, name=table)
    of_cohort = rows.semi_join(cohort(question), "person")
    return of_cohort.agg(
        **{
            name: of_cohort.person.nunique(where=of_cohort[name].notnull())
            for name in names
        }
    )
