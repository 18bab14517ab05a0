"""Attacks 29 to 31: one cohort, each time released beside other codes.

Everybody in these cohorts has all of the codes, as every patient has a sex, a date of
birth, and a value in most columns of the table that the cohort is found in. So each
cell is the whole cohort, all cells together are as exact as one count, and each choice
of codes is one more sample of the noise. Of those there are as many as may be composed.
What is left of the budget goes into counts, nearly all of which get one answer.
"""

from collections.abc import Iterator
from itertools import combinations, cycle, islice

from enclave.cohort.question import Question
from enclave.disclosure.policy import policy
from tests.builders.disclosure import but_not, event, question
from tests.security.count_gate.case import SECRET, Case, Finding, mean
from tests.security.count_gate.patients import EVERYBODYS


# Half of the codes each time: that makes the most choices.
BESIDE = len(EVERYBODYS) // 2


def differencing(case: Case) -> Finding:
    """29: with and without the victim."""
    with_them, without = _sampled(case, [question(SECRET), _without(case)])
    return Finding(mean(with_them) - mean(without))


def released_table(case: Case) -> Finding:
    """30: an exact table that was released, less answers without the victim."""
    released = len(case.patients.persons(question(SECRET)))
    (without,) = _sampled(case, [_without(case)])
    return Finding(released - mean(without))


def refresh(case: Case) -> Finding:
    """31: before and after the victim fell ill, while nobody else does."""
    healthy = case.patients.without_secret(case.victim.patient)
    sides = []
    for patients in (healthy, case.patients):
        case.service = case.service.refreshed(patients)
        sides += _sampled(case, [question(SECRET)])
    before, after = sides
    return Finding(mean(after) - mean(before))


def _without(case: Case) -> Question:
    return question(SECRET, but_not(case.signature))


def _sampled(case: Case, asked: list[Question]) -> list[list[float]]:
    """Return the samples of each cohort that all budgets together buy."""
    rules, beside = policy(), combinations(EVERYBODYS, BESIDE)
    composed: list[list[float]] = [[] for _ in asked]
    counted: list[set[float]] = [set() for _ in asked]
    wordings = _wordings()
    for account in range(case.accounts):
        turns = cycle(zip(asked, composed, counted, strict=True))
        for one, samples, _ in islice(turns, rules.person_composed_30_days):
            cells = case.codes(one, next(beside), account)
            if cells is not None:
                samples.append(mean([*cells.values()]))
        left = rules.person_30_days - rules.person_composed_30_days
        for one, _, answers in islice(turns, left):
            added = but_not(event(next(wordings)))
            answer = case.ask(question(*one.criteria, added), account)
            if answer is not None:
                # What is equal is one sample, given again.
                answers.add(answer)
    return [
        [*some, *sorted(others)] for some, others in zip(composed, counted, strict=True)
    ]


def _wordings() -> Iterator[str]:
    """Yield codes that nobody has."""
    return (f"D{letter}{number}" for letter in "VWZ" for number in range(10, 100))
