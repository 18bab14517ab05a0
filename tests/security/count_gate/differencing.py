"""Attacks 6 to 9, 12, 18 and 28: with and without the victim."""

from collections.abc import Iterator
from datetime import date, timedelta
from math import log
from statistics import NormalDist

from enclave.cohort.question import Question
from enclave.disclosure.policy import policy
from tests.builders.disclosure import all_of, any_of, but_not, event, period, question
from tests.security.count_gate.case import SECRET, Case, Finding, mean
from tests.security.count_gate.patients import SECRET_CODE


def by_mean(case: Case) -> Finding:
    """6: the secret under twenty covers, with and without the victim."""
    pairs = case.pairs(_with_and_without(case), each=20)
    return Finding(mean([one - other for one, other in pairs]))


def by_equality(case: Case) -> Finding:
    """7: the same, looking only at whether the two answers are equal."""
    pairs = case.pairs(_with_and_without(case), each=20)
    return Finding(mean([one != other for one, other in pairs]))


def cloning(case: Case) -> Finding:
    """8: the same under a hundred random covers (Gadotti et al. 2019)."""
    pairs = case.pairs(_under_random_covers(case), each=100)
    return Finding(mean([one - other for one, other in pairs]))


def padding(case: Case) -> Finding:
    """9: the victim hidden in crowds that are large enough to be shown."""
    pairs = case.pairs(
        (
            (question(any_of(crowd, case.target)), question(crowd))
            for crowd in case.crowds
        ),
        each=20,
    )
    return Finding(mean([one - other for one, other in pairs]))


def narrow_dates(case: Case) -> Finding:
    """12: differencing in windows that close in on a known day."""
    pairs = case.pairs(_in_windows(case), each=20)
    return Finding(mean([one - other for one, other in pairs]))


def snap_edge(case: Case) -> Finding:
    """18: leave out as many known members as bring a cohort to the edge of snapping."""
    pairs = case.pairs(_at_the_edge(case, policy().snap_distance - 1), each=20)
    return Finding(mean([one != other for one, other in pairs]))


def snap_edge_and_mean(case: Case) -> Finding:
    """28: whether the answers are one, and by how much they differ, as evidence."""
    rules = policy()
    spread = 2 * (rules.sigma**2 + rules.rounding**2 / 12)
    left_out = 49
    stay, go = (
        NormalDist(rules.snap_distance, rules.snap_sigma).cdf(left_out + one + 0.5)
        for one in (0, 1)
    )
    score = 0.0
    for one, other in case.pairs(_at_the_edge(case, left_out), each=20):
        if one == other:
            score += log((1 - go) / (1 - stay))
        else:
            beyond = one - other - left_out
            score += log(go / stay) + (2 * beyond - 1) / (2 * spread)
    return Finding(score)


def _with_and_without(case: Case) -> Iterator[tuple[Question, Question]]:
    for cover in case.covers():
        yield (
            question(SECRET, cover),
            question(SECRET, cover, but_not(case.signature)),
        )


def _under_random_covers(case: Case) -> Iterator[tuple[Question, Question]]:
    lacks = case.patients.lacks(case.victim.patient)
    for _ in range(100 * case.accounts):
        cover = but_not(event(*case.random.choice(lacks, 3, replace=False)))
        yield (
            question(SECRET, cover),
            question(SECRET, cover, but_not(case.signature)),
        )


def _in_windows(case: Case) -> Iterator[tuple[Question, Question]]:
    covers = case.covers()
    while True:
        cover = next(covers)
        for start, end in _windows(case.victim.day.astype(object)):
            secret = event(SECRET_CODE, dates=period(start, end))
            yield (
                question(secret, cover),
                question(secret, cover, but_not(case.signature)),
            )


def _windows(day: date) -> list[tuple[date, date]]:
    """Return the day, the days round it, and the quarter, half and years it is in."""
    first = 3 * ((day.month - 1) // 3) + 1
    quarter = date(day.year, first, 1), _last(day.year, first + 2)
    half = (first - 1) // 6 * 6 + 1
    return [
        (day, day),
        (day - timedelta(days=3), day + timedelta(days=3)),
        quarter,
        (date(day.year, half, 1), _last(day.year, half + 5)),
        (date(day.year, 1, 1), date(day.year, 12, 31)),
    ]


def _last(year: int, month: int) -> date:
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def _at_the_edge(case: Case, number: int) -> Iterator[tuple[Question, Question]]:
    for cover in case.covers():
        members = event(*case.known(number, cover))
        left_out = but_not(any_of(members, all_of(*map(event, case.victim.signature))))
        yield question(SECRET, cover), question(SECRET, cover, left_out)
