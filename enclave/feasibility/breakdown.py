"""A cohort by sex and ten years of age, and by the year of the index event.

Exact, and for the enclave only; see :mod:`enclave.feasibility.counting`.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from pyroaring import BitMap

from enclave.cohort.question import Question
from enclave.feasibility.finding import find, index_of
from enclave.feasibility.index.bitmaps import bitmap, ordinals
from enclave.feasibility.index.demography import ages, days_since_1970, years
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
    found, persons = find(question, snapshot), index_of(snapshot).persons
    who = ordinals(found.persons)
    if found.first is None:
        day = np.full(len(who), days_since_1970(on), dtype=np.int32)
    else:
        day = found.first[who]
    decades = ages(persons.birth[who], day) // 10
    cells = np.stack([persons.sex[who].astype(np.int64), np.maximum(decades, -1)])
    groups = [
        Group(
            sex=(None, *SEXES)[sex],
            age_from=None if decade < 0 else 10 * int(decade),
            persons=bitmap(who[(cells[0] == sex) & (cells[1] == decade)]),
        )
        for sex, decade in np.unique(cells, axis=1).T
    ]
    by_year = {}
    if found.first is not None:
        year = years(day)
        by_year = {int(each): bitmap(who[year == each]) for each in np.unique(year)}
    return Breakdown(tuple(groups), by_year)
