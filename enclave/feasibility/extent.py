"""How many values patients have of a variable, and from which year to which.

A median and a first year would each be the value of one person. So persons are sorted
by their number of values, by the year of their first and by that of their last one; the
count gate adds noise to the size of each of these cells, and what is told is read off
the noisy sizes (:mod:`enclave.feasibility.extent_reading`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from enclave.cohort.question import Question
from enclave.disclosure.layout import Cells, Layout
from enclave.errors import InputError
from enclave.feasibility.cells import (
    EVERYBODY,
    checked_variables,
    last_day,
    persons,
)
from enclave.feasibility.cohorts import index_of
from enclave.feasibility.index.bitmaps import ordinals
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.presence import NO_YEAR
from enclave.warehouse.catalogue import Variable
from enclave.warehouse.snapshot import Snapshot


# The fewest values in each cell; the last one has no upper limit.
NUMBERS = (1, 2, 5, 10, 20, 50)
# Earlier years are one cell: each more makes first and last years less exact.
MOST_YEARS = 40


class Years(NamedTuple):
    """The years that are cells of their own; empty for what has no date."""

    first: int
    last: int

    @property
    def cells(self) -> int:
        """How many cells: those of the years, and one for all before."""
        return max(0, self.last - self.first + 1) and self.last - self.first + 2


NO_YEARS = Years(1, 0)


@dataclass(frozen=True)
class Extent:
    """Which cells there are: they follow from the catalogue, never from who is counted.

    Attributes
    ----------
    variables
        Full names with the years of each, sorted.
    """

    variables: tuple[tuple[str, Years], ...]

    @classmethod
    def of(
        cls, question: Question, variables: Sequence[str], snapshot: Snapshot
    ) -> "Extent":
        """Describe the cells for some variables.

        Raises
        ------
        NotFoundError
            If the catalogue has no such variable.
        InputError
            If there is none, if there are too many, if one is not about persons, or if
            the question asks for one on certain days only.
        """
        checked = checked_variables(variables, snapshot.catalogue)
        windows = {each.variable for each in question.variable_windows or ()}
        for name in sorted(windows & {*checked}):
            raise InputError(
                f"How many values there are is told of all times, and {name} is asked"
                " for on certain days: take its window out, or ask for the share of"
                " patients who have a value then."
            )
        return cls(tuple((name, _years(name, snapshot)) for name in checked))

    @property
    def layout(self) -> Layout:
        """Three histograms for each variable, one for what has no date."""
        # The cells are numbered: two full names in each would be too long to store.
        names = ", ".join(name for name, _ in self.variables)
        cells = [cell for number in range(len(self.variables)) for cell in self[number]]
        memberships = sum(3 if years.cells else 1 for _, years in self.variables)
        return Layout(
            f"extent of {names}",
            tuple(cells),
            composed=True,
            memberships=memberships,
            kept=(EVERYBODY,),
        )

    def __getitem__(self, number: int) -> list[str]:
        """Return the names of a variable's cells."""
        years = self.variables[number][1]
        return [
            *(f"{number} number {fewest}" for fewest in NUMBERS),
            *(f"{number} first {cell}" for cell in range(years.cells)),
            *(f"{number} last {cell}" for cell in range(years.cells)),
        ]

    def cohort(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return whom a question finds: from them follows who is in which cell."""
        return {EVERYBODY: persons(question, snapshot)}

    def sizes(self, cohort: Cells, snapshot: Snapshot) -> Mapping[str, int]:
        """Return how many of a cohort are in each cell."""
        index = index_of(snapshot)
        found: dict[str, int] = {}
        for number, (name, years) in enumerate(self.variables):
            variable = snapshot.catalogue.variable(name)
            values, first, last = _of_persons(variable, index, cohort[EVERYBODY])
            sizes = histograms(values, first, last, years)
            found |= zip(self[number], sizes, strict=True)
        return found


def histograms(
    values: np.ndarray, first: np.ndarray, last: np.ndarray, years: Years
) -> list[int]:
    """Return how many persons are in each cell of one variable.

    Parameters
    ----------
    values
        How many each person has, of those who have any.
    first, last
        Years of their first and last one, of those who have any with a date.
    """
    by_number = np.bincount(np.digitize(values, NUMBERS[1:]), minlength=len(NUMBERS))
    sizes: list[int] = np.concatenate(
        [by_number, _by_year(first, years), _by_year(last, years)]
    ).tolist()
    return sizes


def bounds(fewest: int) -> tuple[int, int | None]:
    """Return between how many values the persons of a cell have."""
    upper = dict(pairwise(NUMBERS)).get(fewest)
    return fewest, None if upper is None else upper - 1


def _years(name: str, snapshot: Snapshot) -> Years:
    table = snapshot.catalogue.table(name.split(".", maxsplit=1)[0])
    if table.role("date") is None or not table.coverage_from or not table.coverage_to:
        return NO_YEARS
    last = min(table.coverage_to, last_day(snapshot)).year
    return Years(max(table.coverage_from.year, last - MOST_YEARS + 1), last)


def _of_persons(
    variable: Variable, index: Index, cohort: BitMap
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how many values each person has who has any, and first and last years."""
    values = np.zeros(len(index), dtype=np.int64)
    first = np.full(len(index), np.iinfo(np.uint16).max, dtype=np.uint16)
    last = np.full(len(index), NO_YEAR, dtype=np.uint16)
    for segment in index.segments:
        number = segment.manifest.presence.get(variable.name)
        if segment.manifest.table != variable.table or number is None:
            continue
        presence = segment.presence_of(number)
        who = ordinals(presence.persons)
        values[who] += presence.values
        dated = presence.first != NO_YEAR
        some = who[dated]
        first[some] = np.minimum(first[some], presence.first[dated])
        last[some] = np.maximum(last[some], presence.last[dated])
    who = ordinals(cohort)
    has = who[values[who] > 0]
    dated = has[last[has] != NO_YEAR]
    return values[has], first[dated], last[dated]


def _by_year(years: np.ndarray, known: Years) -> np.ndarray:
    if not known.cells:
        return np.empty(0, dtype=np.int64)
    cell = years.astype(np.int64) - known.first + 1
    # What is dated after the last day of the data is a mistake of that year.
    return np.bincount(np.clip(cell, 0, known.cells - 1), minlength=known.cells)
