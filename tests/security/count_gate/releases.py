"""Attacks 29 to 31: one cohort, each time released beside another code.

Cohorts are compared with those that were released beside the same codes alone, so that
each question is one more sample of the noise. And everybody in these cohorts has the
secret: the whole cohort stands in two cells, which together are as exact as one count.
"""

from itertools import cycle, islice

from enclave.cohort.question import Question
from tests.builders.disclosure import but_not, question
from tests.security.count_gate.case import SECRET, Case, Finding, mean
from tests.security.count_gate.patients import SECRET_CODE


QUESTIONS = 40


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
    codes = (f"DZ{number}" for number in range(10, 1000))
    found: list[list[float]] = [[] for _ in asked]
    for account in range(case.accounts):
        turns = zip(cycle(asked), cycle(found), strict=True)
        for one, samples in islice(turns, QUESTIONS):
            cells = case.codes(one, [SECRET_CODE, next(codes)], account)
            if cells is not None:
                samples.append((cells["all"] + cells[SECRET_CODE]) / 2)
    return found
