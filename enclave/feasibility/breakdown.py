"""A cohort by sex and ten years of age, and by the year of the index event.

Exact, and for the enclave only; see :mod:`enclave.feasibility.counting`.
"""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

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
    """Some persons of a cohort, as ordinals.

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
    persons: BitMap


@dataclass(frozen=True)
class Breakdown:
    """Every person of a cohort in one group, and in one year if there is an index.

    Attributes
    ----------
    groups
        By sex and age; those with nobody are not there.
    years
        Year of the index event and who had it then; empty without an index event.
    """

    groups: tuple[Group, ...]
    years: dict[int, BitMap]


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
    columns = index.persons.sex, index.births
    cell, year, decades = sort_by_age_and_year(who, columns, day, index.calendar)
    by_cell = _sorted_out(who, cell)
    groups = [
        Group(
            sex=(None, *SEXES)[cell // decades],
            age_from=10 * (cell % decades - 1) if cell % decades else None,
            persons=inside,
        )
        for cell, inside in by_cell.items()
    ]
    by_year = {}
    if found.first is not None:
        by_year = _sorted_out(who, year)
    return Breakdown(tuple(groups), by_year)


def _sorted_out(who: np.ndarray, group: np.ndarray) -> dict[int, BitMap]:
    """Return the persons of each group that has any, in the order of the groups."""
    lowest, stops, ordered = sort_out(who, group)
    bounds = pairwise([0, *stops.tolist()])
    sets = bitmaps(ordered, stops)
    return {
        lowest + number: inside
        for number, ((start, stop), inside) in enumerate(zip(bounds, sets, strict=True))
        if stop > start
    }
