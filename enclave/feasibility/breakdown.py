"""A cohort by sex and ten years of age, and by the year of the index event.

Exact, and for the enclave only; see :mod:`enclave.feasibility.counting`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np
from pyroaring import BitMap

from enclave.cohort.question import Question
from enclave.feasibility.cohorts import find, index_of
from enclave.feasibility.index.bitmaps import bitmaps
from enclave.feasibility.index.calendar import sort_by_age_and_year
from enclave.feasibility.index.demography import moment_of
from enclave.feasibility.index.kernels import sort_out
from enclave.feasibility.index.persons import SEXES
from enclave.warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Group:
    """Some persons of a cohort.

    Attributes
    ----------
    sex
        ``None`` where it is not known.
    age_from
        0, 10, 20 and so on; ``None`` where the date of birth is not known or comes
        after the day.
    """

    sex: str | None
    age_from: int | None


Cell = TypeVar("Cell", Group, int)


@dataclass(frozen=True)
class Sorted(Generic[Cell]):
    """Persons in cells, of which each is in one.

    Attributes
    ----------
    numbers
        How many are in each cell; those with nobody are not there.
    """

    numbers: Mapping[Cell, int]
    _who: np.ndarray
    _cell: np.ndarray

    def persons(self) -> dict[Cell, BitMap]:
        """Return who is in each cell: that takes longer than to count them."""
        stops: np.ndarray
        stops, ordered = sort_out(self._who, self._cell)
        bounds: list[int] = [0, *stops.tolist()]
        sets = bitmaps(ordered, stops)
        inside = [
            each for (a, b), each in zip(pairwise(bounds), sets, strict=True) if b > a
        ]
        return dict(zip(self.numbers, inside, strict=True))


@dataclass(frozen=True)
class Breakdown:
    """Every person of a cohort in one group, and in one year if there is an index.

    Attributes
    ----------
    years
        By year of the index event; empty without one.
    """

    groups: Sorted[Group]
    years: Sorted[int]


def breakdown(question: Question, snapshot: Snapshot, on: date) -> Breakdown:
    """Break a cohort down.

    Parameters
    ----------
    on
        Day on which ages are taken where the question has no index event; with one it
        is the day of that.
    """
    found, index = find(question, snapshot), index_of(snapshot)
    who = found.members.ordinals
    day = moment_of(on if found.first is None else "index", found.first)
    columns, calendar = (index.persons.sex, index.births), index.calendar
    cell, year, of_cell, of_year = sort_by_age_and_year(who, columns, day, calendar)
    decades = of_cell.shape[1]
    groups = {
        Group(
            sex=(None, *SEXES)[number // decades],
            age_from=10 * (number % decades - 1) if number % decades else None,
        ): count
        for number, count in enumerate(of_cell.ravel().tolist())
        if count
    }
    years = {}
    if found.first is not None:
        first_year = int(calendar.written[0]) // 10_000
        years = {
            first_year + n: count for n, count in enumerate(of_year.tolist()) if count
        }
    return Breakdown(Sorted(groups, who, cell), Sorted(years, who, year))
