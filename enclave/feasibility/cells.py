"""Whom a question finds, and sorted into cells: exact, and for the count gate only.

Which cells there are follows from the question and the catalogue alone, so that neither
the list of cells nor a refusal tells anything about patients.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pyroaring import BitMap

from enclave.cohort.question import Question, VariableWindow
from enclave.disclosure.layout import Cells, Layout, sizes_of
from enclave.errors import InputError
from enclave.feasibility.breakdown import breakdown
from enclave.feasibility.cohorts import find, found_in_window, index_of
from enclave.feasibility.index.index import Index
from enclave.warehouse.catalogue import Catalogue, Variable
from enclave.warehouse.snapshot import Snapshot


SEXES = ("female", "male")
LAST_DECADE = 90
DECADES = (*(f"{low}-{low + 9}" for low in range(0, 90, 10)), f"{LAST_DECADE}+")
MOST_YEARS = 20
OTHER_YEARS = "other years"
# The cell that is the cohort itself.
EVERYBODY = "all"
MOST_VARIABLES = 100


class Breakdown(Protocol):
    """A way to sort a cohort into cells."""

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return the cells, without looking at any patient."""
        ...

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each set that the layout keeps."""
        ...

    def sizes(self, cells: Cells, snapshot: Snapshot) -> Mapping[str, int]:
        """Return how many persons are in each cell, from those sets."""
        ...


class EachKept:
    """A breakdown that keeps the persons of each cell."""

    def sizes(self, cells: Cells, snapshot: Snapshot) -> Mapping[str, int]:
        """Return how many persons are in each cell."""
        del snapshot
        return sizes_of(cells)


def persons(question: Question, snapshot: Snapshot) -> BitMap:
    """Return the persons of a question."""
    return find(question, snapshot).persons


class BySexAndAge(EachKept):
    """By sex and ten years of age.

    The age is the one on the day of the index event, or on the last day of the data
    where the question has none. Whose sex or date of birth is not known is in no cell.
    """

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return twenty cells, always the same."""
        del question, snapshot
        names = tuple(f"{sex} {ages}" for sex in SEXES for ages in DECADES)
        # Every wider cohort has the same persons in one of the cells.
        return Layout("sex-age", names, composed=True)

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each cell."""
        cells = {name: BitMap() for name in self.layout(question, snapshot).cells}
        sorted_out = breakdown(question, snapshot, last_day(snapshot))
        for group, found in sorted_out.groups.persons().items():
            if group.sex is None or group.age_from is None:
                continue
            ages = DECADES[min(group.age_from, LAST_DECADE) // 10]
            cells[f"{group.sex} {ages}"] |= found
        return cells


class ByYear(EachKept):
    """By the year of the index event: the last years, and all others as one cell."""

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
        # The same persons are in other cells with another index event, and every wider
        # cohort has the same persons in one of them.
        return Layout("index-year", (OTHER_YEARS, *years), composed=True)

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each cell."""
        cells = {name: BitMap() for name in self.layout(question, snapshot).cells}
        sorted_out = breakdown(question, snapshot, last_day(snapshot))
        for year, found in sorted_out.years.persons().items():
            cells[str(year) if str(year) in cells else OTHER_YEARS] |= found
        return cells


@dataclass(frozen=True)
class ByAvailability(EachKept):
    """By which variables have at least one value: at any time, or in their windows.

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
            If there is none, if there are too many, if one is not about persons, or if
            one without a date has a window.
        """
        names = checked_variables(self.variables, snapshot.catalogue)
        windows = self._windows(question)
        for name in sorted(windows):
            _check_window(name, snapshot.catalogue)
        when = "".join(
            f" {name} {windows[name].from_days} to {windows[name].to_days}"
            for name in sorted(windows)
        )
        cells = (EVERYBODY, *names)
        return Layout(
            f"availability{when}", cells, composed=True, memberships=len(cells)
        )

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the persons of each cell."""
        everybody = persons(question, snapshot)
        index, windows = index_of(snapshot), self._windows(question)
        having = {
            name: everybody
            & (
                found_in_window(question, windows[name], snapshot)
                if name in windows
                else _with_value(snapshot.catalogue.variable(name), index)
            )
            for name in self.variables
        }
        return {EVERYBODY: everybody, **having}

    def _windows(self, question: Question) -> dict[str, VariableWindow]:
        windows = question.variable_windows or ()
        return {one.variable: one for one in windows if one.variable in self.variables}


def checked_variables(variables: Sequence[str], catalogue: Catalogue) -> list[str]:
    """Return the names of variables in order, each once.

    Raises
    ------
    NotFoundError
        If the catalogue has no such variable.
    InputError
        If there is none, if there are too many, or if one is not about persons.
    """
    if not 1 <= len(variables) <= MOST_VARIABLES:
        raise InputError(
            f"Ask for 1 to {MOST_VARIABLES} variables at once, written table.variable,"
            f" not for {len(variables)}."
        )
    for name in variables:
        if catalogue.table(catalogue.variable(name).table).kind == "reference":
            raise InputError(
                f"{name} is not about persons, so nobody has a value in it. Ask for"
                " variables of a table of persons or of events."
            )
    return sorted(set(variables))


def last_day(snapshot: Snapshot) -> date:
    """Return the last day of the data, as the catalogue shows it to everybody."""
    made = snapshot.manifest.created.date()
    covered = [table.coverage_to for table in snapshot.catalogue.tables]
    # The last year of the coverage may not be over.
    return min(max((day for day in covered if day), default=made), made)


def _check_window(name: str, catalogue: Catalogue) -> None:
    if catalogue.table(name.split(".", maxsplit=1)[0]).role("date") is None:
        raise InputError(
            f"{name} has no date, so it cannot be asked for in a window: take the"
            " window out."
        )


def _with_value(variable: Variable, index: Index) -> BitMap:
    found = BitMap()
    for segment in index.segments:
        if segment.manifest.table == variable.table:
            number = segment.manifest.presence[variable.name]
            if number is not None:
                found |= segment.presence_of(number).persons
    return found
