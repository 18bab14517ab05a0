"""All attacks, and how well each does against a service."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tests.security.count_gate import (
    around,
    asking_again,
    combining,
    differencing,
    edges,
    releases,
)
from tests.security.count_gate.case import Case, Finding
from tests.security.count_gate.patients import Patients, Victim
from tests.security.count_gate.services import Start


@dataclass(frozen=True)
class Attack:
    """One attack.

    Attributes
    ----------
    number
        As in the literature of this project: 1 to 24; beyond, what we added.
    accounts
        How many people collude.
    """

    number: str
    name: str
    run: Callable[[Case], Finding]
    accounts: int = 1

    @property
    def limit(self) -> float:
        """The AUC that is not to be exceeded."""
        return 0.60 if self.accounts == 1 else 0.70


ATTACKS = (
    Attack("1", "repeat, 200 times", asking_again.repeating),
    Attack("2", "other orders, doubles", asking_again.reordering),
    Attack("3", "tautologies, double negation", asking_again.tautologies),
    Attack("4", "equivalent code lists", asking_again.equivalent_codes),
    Attack("5", "partitions", asking_again.partitions),
    Attack("6", "differencing, mean", differencing.by_mean),
    Attack("7", "differencing, equal or not", differencing.by_equality),
    Attack("8", "differencing, random covers", differencing.cloning),
    Attack("9", "padding", differencing.padding),
    Attack("10", "general tracker", combining.tracker),
    Attack("11", "complement", combining.complement),
    Attack("12", "narrow dates", differencing.narrow_dates),
    Attack("13", "boundary of the threshold", edges.boundary),
    Attack("14", "edge of the rounding", edges.rounding_edge),
    Attack("15", "zero or few", edges.zero_or_few),
    Attack("16", "total less cells", combining.total_less_cells),
    Attack("17", "linear reconstruction", combining.reconstruction),
    Attack("18", "edge of snapping", differencing.snap_edge),
    Attack("19", "before and after a refresh", around.refresh),
    Attack("20a", "6 by five accounts", differencing.by_mean, accounts=5),
    Attack("20b", "8 by five accounts", differencing.cloning, accounts=5),
    Attack("20c", "18 by five accounts", differencing.snap_edge, accounts=5),
    Attack("21", "time and size of answers", around.timing),
    Attack("22", "errors and search", around.errors),
    Attack("23", "prices", around.prices),
    Attack("24", "a released table besides", around.airlock),
    Attack("25", "all others known, 40 groups", asking_again.everybody_else_known),
    Attack("26", "19 with all of two budgets", around.refresh_with_all),
    Attack("27", "middle and beginning of results", edges.middle_and_beginning),
    Attack("28a", "edge of snapping, all evidence", differencing.snap_edge_and_mean),
    Attack("28b", "28a by five accounts", differencing.snap_edge_and_mean, accounts=5),
    Attack("29a", "6 beside other codes", releases.differencing),
    Attack("29b", "29a by five accounts", releases.differencing, accounts=5),
    Attack("30a", "24 beside other codes", releases.released_table),
    Attack("30b", "30a by five accounts", releases.released_table, accounts=5),
    Attack("31a", "26 beside other codes", releases.refresh),
    Attack("31b", "31a by five accounts", releases.refresh, accounts=5),
)

# What is found without an attack: by asking nothing, and by asking once.
BASELINES = (
    Attack("0a", "guess, ask nothing", asking_again.guessing),
    Attack("0b", "ask once", asking_again.one_answer),
)


@dataclass(frozen=True)
class Result:
    """How well an attack does.

    Attributes
    ----------
    auc, low, high
        How well victims with the secret are told from those without, with a 95 %
        interval; 0.5 is guessing.
    exact
        In what share of cases a count was found exactly, if it is after one.
    questions
        Asked on average for each victim, refused ones included.
    """

    auc: float
    low: float
    high: float
    exact: float | None
    questions: float


@dataclass(frozen=True)
class Raw:
    """What an attack found about one victim."""

    has_secret: bool
    finding: Finding
    questions: int


def attacked(
    attack: Attack, start: Start, patients: Patients, victims: Sequence[Victim]
) -> list[Raw]:
    """Attack a new service for each victim."""
    found = []
    for victim in victims:
        random = np.random.default_rng([5, victim.patient])
        case = Case(patients, victim, start(patients), random, attack.accounts)
        finding = attack.run(case)
        found.append(Raw(victim.has_secret, finding, case.questions))
    return found


def judged(found: Sequence[Raw]) -> Result:
    """Return how well an attack did; interval of Hanley and McNeil (1982)."""
    has = np.array([one.has_secret for one in found])
    scores = np.array([one.finding.score for one in found])
    with_it, without = scores[has], scores[~has]
    above = (with_it[:, None] > without).mean()
    auc = float(above + (with_it[:, None] == without).mean() / 2)
    first, second = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    n, m = len(with_it), len(without)
    variance = (
        auc * (1 - auc) + (n - 1) * (first - auc**2) + (m - 1) * (second - auc**2)
    )
    half = 1.96 * float(np.sqrt(max(variance, 0) / (n * m)))
    exact = [one.finding.exact for one in found if one.finding.exact is not None]
    return Result(
        auc,
        max(0.0, auc - half),
        min(1.0, auc + half),
        float(np.mean(exact)) if exact else None,
        float(np.mean([one.questions for one in found])),
    )
