"""Whether medians and years hold that are told of many random questions."""

from functools import partial
from typing import NamedTuple

import numpy as np

from enclave.cohort.question import Question
from enclave.disclosure.layout import Cells
from enclave.disclosure.policy import Policy
from enclave.disclosure.summary import Summary
from enclave.feasibility.extent import EVERYBODY, NO_YEARS, Extent, Years, histograms
from enclave.feasibility.extent_reading import read_extents
from enclave.feasibility.protected_extent import ProtectedExtent
from tests.builders.disclosure import rules
from tests.security.count_gate.patients import CODES, Patients
from tests.security.count_gate.random_questions import (
    NO_BUDGET,
    random_questions,
    snapped_at,
)
from tests.security.count_gate.services import start_ours


YEARS = Years(2008, 2019)


class Held(NamedTuple):
    """Of how many of what was told it was true.

    Attributes
    ----------
    medians
        Whether the median lies where it was said to, of each that was told.
    years
        Whether anybody has a value until the first year and from the last one on, of
        each pair that was told.
    snapped
        How many questions got a neighbour's cells.
    """

    medians: list[bool]
    years: list[bool]
    snapped: int


class Results:
    """Results of a test: half of the patients have four, the last of a cell, or five.

    So the median lies at the edge. Who has some of the diagnoses always has four, and
    of others since earlier: who differs from a neighbour is on one side of the edge.
    """

    def __init__(self, patients: Patients, *, dated: bool, seed: int = 3) -> None:
        random = np.random.default_rng(seed)
        few, early = (
            np.logical_or.reduce([patients.carries[code] for code in codes])
            for codes in (CODES[:3], CODES[9:12])
        )
        others = random.random(patients.number) < 0.5 / (1 - few.mean())
        self.values = np.where(few | ~others, 4, 5)
        self.first = np.where(
            early, 2009, 2013 + random.integers(0, 4, patients.number)
        )
        self.last = np.where(few, 2018, 2016)
        self.extent = Extent((("lab.value", YEARS if dated else NO_YEARS),))
        self._patients = patients

    def summary(self, policy: Policy) -> Summary[tuple[ProtectedExtent, ...]]:
        """Say how it is told of them."""
        return Summary(
            layout=self.extent.layout,
            sorter=lambda asked: {EVERYBODY: self._patients.persons(asked)},
            sizes=self._sizes,
            say=partial(read_extents, self.extent, policy),
        )

    def _sizes(self, cohort: Cells) -> dict[str, int]:
        who = np.asarray(cohort[EVERYBODY].to_array())
        years = self.extent.variables[0][1]
        dates = who if years.cells else who[:0]
        of = self.values[who], self.first[dates], self.last[dates]
        return dict(zip(self.extent[0], histograms(*of, years), strict=True))

    def holds(self, asked: Question, told: ProtectedExtent) -> tuple[bool, bool]:
        """Return whether the median, and the years, are true that were told."""
        who = self._patients.found(asked)
        if not who.any():
            return False, False
        median = float(np.median(self.values[who]))
        low, high = told.median_from or 0, told.median_to or np.inf
        first, last = told.first_year or 0, told.last_year or 0
        years = (self.first[who] <= first).any() and (self.last[who] >= last).any()
        return low <= median <= high, bool(years)


def extents_told(questions: int, *, dated: bool, seed: int = 12) -> Held:
    """Ask so many, and compare what is told with what is so."""
    patients = Patients()
    results = Results(patients, dated=dated)
    policy = rules(**NO_BUDGET)
    service = start_ours(policy)(patients)
    medians, years = [], []
    for asked in random_questions(questions, seed):
        (told,) = service.summary_of("somebody", asked, results.summary(policy))
        median, dates = results.holds(asked, told)
        if told.median_from is not None:
            medians.append(median)
        if told.first_year is not None:
            years.append(dates)
    return Held(medians, years, snapped_at(service))
