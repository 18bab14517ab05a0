"""Attacks 1 to 5: ask for one count in many ways, and average.

The attacker is given the exact count of everybody but the victim, so that an exact
count would be certainty.
"""

from collections.abc import Iterable
from itertools import permutations

import numpy as np

from enclave.cohort.question import Criterion, Question
from tests.builders.disclosure import all_of, any_of, but_not, event, question
from tests.security.count_gate.case import SECRET, Case, Finding, mean
from tests.security.count_gate.patients import RARE_CODES


def repeating(case: Case) -> Finding:
    """1: the very same question, two hundred times."""
    target = _target(case)
    return _averaged(case, target, [target] * 200)


def reordering(case: Case) -> Finding:
    """2: other orders, and parts given twice."""
    target = _target(case)
    one, two = target.criteria
    wordings = [
        question(*order)
        for parts in (
            (one, two),
            (one, two, one),
            (one, two, two),
            (one, one, two, two),
        )
        for order in sorted(set(permutations(parts)), key=str)
    ]
    return _averaged(case, target, wordings)


def tautologies(case: Case) -> Finding:
    """3: double negation, De Morgan, absorption, and what is always true."""
    target = _target(case)
    one, two = target.criteria
    wordings = [
        wording
        for a, b in ((one, two), (two, one))
        for wording in (
            question(all_of(a, b)),
            question(but_not(but_not(a)), b),
            question(but_not(any_of(but_not(a), but_not(b)))),
            question(a, any_of(b, all_of(a, b))),
            question(a, b, any_of(a, but_not(a))),
            question(any_of(all_of(a, b), all_of(b, a))),
            question(a, any_of(b, but_not(a))),
            question(all_of(a, a), all_of(b, b)),
        )
    ]
    return _averaged(case, target, wordings)


def equivalent_codes(case: Case) -> Finding:
    """4: one code list in other pieces, and with codes that nobody has."""
    crowd = case.patients.lacks(case.victim.patient)[:6]
    target = question(SECRET, but_not(event(*crowd)))
    pieces = [
        question(SECRET, but_not(any_of(event(*crowd[:3]), event(*crowd[3:])))),
        question(SECRET, but_not(event(*crowd[:2])), but_not(event(*crowd[2:]))),
    ]
    padded = [question(SECRET, but_not(event(*crowd, code))) for code in RARE_CODES]
    return _averaged(case, target, [target, *pieces, *padded[:37]])


def partitions(case: Case) -> Finding:
    """5: the sum of a group and its complement (Asghar and Kaafar 2020)."""
    target = _target(case)
    found = []
    for crowd in case.crowds[:20]:
        parts = [
            case.ask(question(*target.criteria, part))
            for part in (crowd, but_not(crowd))
        ]
        if None not in parts:
            found.append(sum(parts))
    return _finding(case, target, found)


def everybody_else_known(case: Case) -> Finding:
    """25: forty different groups, in each of which all others are known for certain.

    No count with this noise can protect better than by arithmetic against somebody who
    knows the data but for one person.
    """
    left = []
    for _, cover in zip(range(40), case.covers(), strict=False):
        asked = question(SECRET, cover)
        answer = case.ask(asked)
        if answer is not None:
            left.append(answer - case.others(asked))
    return Finding(mean(left))


def guessing(case: Case) -> Finding:
    """0: ask nothing; guess the count from how common its parts are."""
    target = _target(case)
    share = 1.0
    for part in target.criteria:
        share *= case.patients.found(question(part)).mean()
    guess = round(share * case.patients.number)
    return Finding(0.0, exact=guess == len(case.patients.persons(target)))


def one_answer(case: Case) -> Finding:
    """0: ask once, as anybody may, and believe the answer."""
    target = _target(case)
    return _averaged(case, target, [target])


def _target(case: Case) -> Question:
    """Return a wide group that the victim is in, if the victim has the secret."""
    crowds: list[Criterion] = case.crowds
    return question(SECRET, but_not(crowds[case.random.integers(len(crowds))]))


def _averaged(case: Case, target: Question, wordings: Iterable[Question]) -> Finding:
    answers = [case.ask(wording) for wording in wordings]
    return _finding(case, target, [one for one in answers if one is not None])


def _finding(case: Case, target: Question, answers: list[int]) -> Finding:
    if not answers:
        return Finding(0.0, exact=False)
    average = float(np.mean(answers))
    return Finding(
        average - case.others(target),
        exact=round(average) == len(case.patients.persons(target)),
    )
