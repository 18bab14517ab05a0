"""Whom a question finds, and sorted into cells: exact, and for the count gate only.

Which cells there are follows from the question and the catalogue alone, so that neither
the list of cells nor a refusal tells anything about patients.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import ibis
import numpy as np
import pyarrow as pa
from ibis.expr.types import DateValue, IntegerValue, Table
from pyroaring import BitMap

from enclave.cohort.evaluation import PERSON, cohort, run
from enclave.cohort.question import Question
from enclave.disclosure.layout import Cells, Layout
from enclave.errors import InputError
from enclave.warehouse.snapshot import Snapshot


SEXES = ("female", "male")
DECADES = (*(f"{low}-{low + 9}" for low in range(0, 90, 10)), "90+")
MOST_YEARS = 20
MOST_VARIABLES = 100


class Breakdown(Protocol):
    """A way to sort a cohort into cells."""

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return the cells, without looking at any patient."""
        ...

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each cell."""
        ...


def persons(question: Question, snapshot: Snapshot) -> BitMap:
    """Return the keys of the persons of a question."""
    return _keys(_rows(cohort(question).select("person"), snapshot))


class BySexAndAge:
    """By sex and ten years of age.

    The age is the one on the day of the index event, or on the last day of the data
    where the question has none. Whose sex or date of birth is not known is in no cell.
    """

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return twenty cells, always the same."""
        del question, snapshot
        names = (f"{sex} {ages}" for sex in SEXES for ages in DECADES)
        return Layout("sex-age", tuple(names))

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each cell."""
        found = cohort(question).inner_join(PERSON, "person")
        day = found.index_date if question.index else ibis.literal(last_day(snapshot))
        decade = (_age(found.birth_date, day) // 10).clip(0, len(DECADES) - 1)
        sex = found.sex.fill_null("")
        rows = _rows(found.select("person", sex=sex, decade=decade), snapshot)
        sexes, decades = _column(rows, "sex"), _column(rows, "decade")
        return {
            f"{sex} {ages}": _keys(rows, (sexes == sex) & (decades == number))
            for sex in SEXES
            for number, ages in enumerate(DECADES)
        }


class ByYear:
    """By the year of the index event: the last years, and all before as one cell."""

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return twenty cells that end with the last year of the data.

        Raises
        ------
        InputError
            If the question has no index event.
        """
        if question.index is None:
            raise InputError(
                "A breakdown by year is about the year of the index event, and the"
                " question has none: add one, or ask for sex and age."
            )
        last = last_day(snapshot).year
        first = last - MOST_YEARS + 2
        years = map(str, range(first, last + 1))
        return Layout("index-year", (f"before {first}", *years))

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each cell."""
        earlier, *years = self.layout(question, snapshot).cells
        found = cohort(question)
        rows = _rows(found.select("person", year=found.index_date.year()), snapshot)
        year = _column(rows, "year")
        cells = {name: _keys(rows, year == int(name)) for name in years}
        return {earlier: _keys(rows, year < int(years[0])), **cells}


@dataclass(frozen=True)
class ByAvailability:
    """By which variables have at least one value, at any time.

    The cell ``all`` is the cohort itself.

    Attributes
    ----------
    variables
        Full names, ``lab.value``.
    """

    variables: Sequence[str]

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return a cell for each variable.

        Raises
        ------
        NotFoundError
            If the catalogue has no such variable.
        InputError
            If there is none, if there are too many, or if one is not about persons.
        """
        del question
        if not 1 <= len(self.variables) <= MOST_VARIABLES:
            raise InputError(
                f"Ask for 1 to {MOST_VARIABLES} variables at once, written"
                f" table.variable, not for {len(self.variables)}."
            )
        catalogue = snapshot.catalogue
        for name in self.variables:
            if catalogue.table(catalogue.variable(name).table).kind == "reference":
                raise InputError(
                    f"{name} is not about persons, so nobody has a value in it. Ask"
                    " for variables of a table of persons or of events."
                )
        names = sorted(set(self.variables))
        return Layout("availability", ("all", *names), overlapping=True)

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each cell."""
        everybody = persons(question, snapshot)
        cells = {"all": everybody}
        with snapshot.connect() as connection:
            for full_name in sorted(set(self.variables)):
                variable = snapshot.catalogue.variable(full_name)
                # Only whether a cell is empty matters: any type may stand for it.
                columns = {variable.name: "string", "person": "int64"}
                rows = ibis.table(columns, name=variable.table)
                having = rows.filter(rows[variable.name].notnull()).select("person")
                cells[full_name] = everybody & _keys(run(having.distinct(), connection))
        return cells


def last_day(snapshot: Snapshot) -> date:
    """Return the last day of the data, as the catalogue shows it to everybody."""
    made = snapshot.manifest.created.date()
    covered = [table.coverage_to for table in snapshot.catalogue.tables]
    # The last year of the coverage may not be over.
    return min(max((day for day in covered if day), default=made), made)


def _age(born: DateValue, on: DateValue) -> IntegerValue:
    had_no_birthday = on.month() * 100 + on.day() < born.month() * 100 + born.day()
    return on.year() - born.year() - had_no_birthday.ifelse(1, 0)


def _rows(expression: Table, snapshot: Snapshot) -> pa.Table:
    with snapshot.connect() as connection:
        return run(expression, connection)


def _column(rows: pa.Table, name: str) -> np.ndarray:
    # An unknown number becomes NaN, which no cell has.
    return rows[name].to_numpy(zero_copy_only=False)


def _keys(rows: pa.Table, chosen: np.ndarray | None = None) -> BitMap:
    # A safe cast: a key that did not fit would become another's.
    keys = rows["person"].cast(pa.uint32()).to_numpy()
    return BitMap(keys if chosen is None else keys[chosen])
