"""Attacks 19 and 21 to 24: not the answer, but what lies around it."""

import json
from dataclasses import asdict
from itertools import islice

from tests.builders.disclosure import but_not, event, question
from tests.security.count_gate.case import SECRET, Case, Finding, mean


def refresh(case: Case) -> Finding:
    """19: the same questions before and after the victim fell ill."""
    return _before_and_after(case, questions=20)


def refresh_with_all(case: Case) -> Finding:
    """26: the same with a whole budget on either side, while nobody else falls ill."""
    return _before_and_after(case, questions=40)


def timing(case: Case) -> Finding:
    """21: how long an answer takes, and how long it is."""
    reply = case.reply(question(case.target))
    if reply is None:
        return Finding(0.0)
    size = len(json.dumps({**asdict(reply), "seconds": 0}))
    return Finding(1e6 * reply.seconds + size)


def errors(case: Case) -> Finding:
    """22: does the search list a code, does a question about it fail?"""
    code = case.victim.telling_code
    listed = case.service.search(code)
    failed = case.reply(question(event(code))) is None
    return Finding(listed - failed)


def prices(case: Case) -> Finding:
    """23: did a colleague ask before, as one does about those with the secret?"""
    asked = question(SECRET, but_not(case.signature))
    if case.victim.has_secret:
        case.service.ask("colleague", asked)
    reply = case.reply(asked)
    return Finding(0.0 if reply is None else -reply.price)


def airlock(case: Case) -> Finding:
    """24: an exact table that was released, less feasibility answers without one."""
    cover = next(case.covers())
    released = len(case.patients.persons(question(SECRET, cover)))
    without = question(SECRET, cover, but_not(case.signature))
    wordings = [
        without,
        *(
            question(SECRET, cover, but_not(case.signature), but_not(event(f"DZ{n}")))
            for n in range(10, 29)
        ),
    ]
    answers = [case.ask(wording) for wording in wordings]
    known = [answer for answer in answers if answer is not None]
    return Finding(released - mean(known))


def _before_and_after(case: Case, questions: int) -> Finding:
    asked = [question(SECRET, cover) for cover in islice(case.covers(), questions)]
    healthy = case.patients.without_secret(case.victim.patient)
    case.service = case.service.refreshed(healthy)
    before = [case.ask(one) for one in asked]
    case.service = case.service.refreshed(case.patients)
    after = [case.ask(one) for one in asked]
    return Finding(
        mean(
            [
                late - early
                for early, late in zip(before, after, strict=True)
                if None not in (early, late)
            ]
        )
    )
