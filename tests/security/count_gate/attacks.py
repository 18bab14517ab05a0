"""Attacks on a count service, each with one figure for how well it does.

Two kinds of figure. *AUC*: how well the attacker tells victims with the secret
diagnosis from victims without it; 0.5 is guessing, 1 is certainty. *Exact*: the share
of counts that the attacker finds exactly.
"""

from dataclasses import dataclass
from itertools import islice, permutations

import numpy as np

from enclave.cohort.question import Question
from enclave.errors import PolicyRefusal
from tests.builders.disclosure import all_of, any_of, but_not, event, question
from tests.security.count_gate.patients import (
    CODES,
    RARE_CODES,
    SECRET_CODE,
    Patients,
    Victim,
)
from tests.security.count_gate.services import Service, Start


SECRET = event(SECRET_CODE)


@dataclass(frozen=True)
class Auc:
    """How well victims are told apart, with a 95 % interval."""

    value: float
    low: float
    high: float


def differencing(
    start: Start, patients: Patients, victims: list[Victim], *, accounts: int = 1
) -> tuple[Auc, Auc]:
    """Ask about the secret with and without the victim, under twenty covers each.

    A difference of one would be the victim. More accounts ask under covers of their own
    and pool what they get (attack 20).

    Returns
    -------
    tuple of Auc
        By the mean difference (attack 6), and by whether the two answers are equal
        (attack 7).
    """
    asked = [
        _differences(start(), patients, victim, accounts=accounts) for victim in victims
    ]
    means = [_mean([one - other for one, other in pairs]) for pairs in asked]
    equal = [_mean([one != other for one, other in pairs]) for pairs in asked]
    return _auc(means, victims), _auc(equal, victims)


def _differences(
    service: Service, patients: Patients, victim: Victim, *, accounts: int
) -> list[tuple[float, float]]:
    signature = all_of(*map(event, victim.signature))
    covers = _covers(patients, victim)
    pairs: list[tuple[float, float]] = []
    for account in range(accounts):
        for cover in islice(covers, 20):
            pair = (
                question(SECRET, *cover),
                question(SECRET, *cover, but_not(signature)),
            )
            pairs += _ask_pair(service, f"account-{account}", pair)
    return pairs


def padding(start: Start, patients: Patients, victims: list[Victim]) -> Auc:
    """Hide the victim in a crowd that is large enough to be shown (attack 9).

    "Crowd, or the victim with the secret" is one more than "crowd" if the victim has it
    and is not of the crowd.
    """
    scores = []
    for victim in victims:
        service = start()
        target = all_of(SECRET, *map(event, victim.signature))
        pairs = []
        for code in patients.lacks(victim.patient)[:20]:
            pair = (question(any_of(event(code), target)), question(event(code)))
            pairs += _ask_pair(service, "one", pair)
        scores.append(_mean([one - other for one, other in pairs]))
    return _auc(scores, victims)


def repeating(start: Start, patients: Patients, *, targets: int, times: int) -> float:
    """Ask the very same question again and again and average (attack 1)."""
    return _exact(start, patients, targets, lambda asked: [asked] * times)


def rewording(start: Start, patients: Patients, *, targets: int) -> float:
    """Ask the same in other words: order, doubles, double negation (attacks 2, 3)."""
    return _exact(start, patients, targets, _rewordings)


def padding_with_nobody(start: Start, patients: Patients, *, targets: int) -> float:
    """Add alternatives that no patient has, so that the count stays the same."""
    return _exact(start, patients, targets, _with_empty_alternatives)


def _covers(patients: Patients, victim: Victim):
    """Yield conditions that the victim meets, each another one."""
    lacks = patients.lacks(victim.patient)
    yield from ([but_not(event(code))] for code in lacks)
    for first, second in zip(lacks, lacks[1:] + lacks[:1], strict=True):
        yield [but_not(all_of(event(first), event(second)))]
    for first, second in zip(lacks, lacks[2:] + lacks[:2], strict=True):
        yield [but_not(event(first, second))]


def _rewordings(asked: Question) -> list[Question]:
    one, two = asked.criteria
    changes = [
        lambda a, b: (a, b),
        lambda a, b: (all_of(a, b),),
        lambda a, b: (a, b, a),
        lambda a, b: (but_not(but_not(a)), b),
        lambda a, b: (but_not(any_of(but_not(a), but_not(b))),),
        lambda a, b: (a, any_of(b, all_of(a, b))),
        lambda a, b: (a, b, any_of(a, but_not(a))),
        lambda a, b: (all_of(a, a), all_of(b, b)),
        lambda a, b: (any_of(all_of(a, b), all_of(b, a)),),
        lambda a, b: (a, any_of(b, but_not(a))),
    ]
    return [
        question(*change(*order))
        for change in changes
        for order in permutations((one, two))
    ]


def _with_empty_alternatives(asked: Question) -> list[Question]:
    one, two = asked.criteria
    return [question(any_of(one, event(code)), two) for code in RARE_CODES]


def _exact(start: Start, patients: Patients, targets: int, wordings) -> float:
    """Return the share of counts that the rounded mean of all answers hits."""
    random = np.random.default_rng(2)
    hits = 0
    for _ in range(targets):
        # Two wide groups, so that no answer is hidden.
        first, second = np.array_split(random.permutation(CODES)[:24], 2)
        target = question(event(*map(str, first)), event(*map(str, second)))
        service = start()
        answers = [_answer(service, "one", wording) for wording in wordings(target)]
        known = [answer for answer in answers if answer is not None]
        hits += bool(known) and round(np.mean(known)) == patients.count(target)
    return hits / targets


def _ask_pair(service: Service, account: str, pair) -> list[tuple[float, float]]:
    try:
        one, other = (service.ask(account, asked) for asked in pair)
    except PolicyRefusal:
        return []
    return [(one or 0, other or 0)]


def _answer(service: Service, account: str, asked: Question) -> int | None:
    try:
        return service.ask(account, asked)
    except PolicyRefusal:
        return None


def _mean(differences: list[float] | list[bool]) -> float:
    return float(np.mean(differences)) if differences else 0.0


def _auc(scores: list[float], victims: list[Victim]) -> Auc:
    """Return the area under the curve; interval of Hanley and McNeil (1982)."""
    has = np.array([victim.has_secret for victim in victims])
    with_it, without = np.array(scores)[has], np.array(scores)[~has]
    above = (with_it[:, None] > without).mean()
    value = float(above + (with_it[:, None] == without).mean() / 2)
    first, second = value / (2 - value), 2 * value**2 / (1 + value)
    n, m = len(with_it), len(without)
    variance = value * (1 - value) + (n - 1) * (first - value**2)
    variance += (m - 1) * (second - value**2)
    half = 1.96 * float(np.sqrt(max(variance, 0) / (n * m)))
    return Auc(value, max(0.0, value - half), min(1.0, value + half))
