"""Questions that look like an attack are told to the audit log, once."""

import json

import pytest
from sqlalchemy import select

from enclave.disclosure.alarms import share_of_similar_pairs
from enclave.store.audit_tables import AuditEntry
from tests.builders.disclosure import (
    Clock,
    Counting,
    a_gate,
    asker,
    but_not,
    event,
    question,
    somebody,
)


def alarms(database):
    with database.begin() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.action.startswith("alarm."))
        )
        return [(row.action, row.subject, json.loads(row.details)) for row in rows]


def test_a_budget_that_runs_out(database):
    gate = a_gate(database, person_30_days=10)
    for number in range(10, 20):
        gate.ask(asker(), question(event(f"DE{number}")), 1, Counting())

    assert alarms(database) == [
        ("alarm.budget", "account:rikke", {"used": 9, "limit": 10})
    ]


def test_many_snaps_in_a_day(database):
    gate, clock = a_gate(database), Clock()
    same = somebody(500, question())
    for number in range(10, 18):
        asked = question(event(f"DE{number}"))
        gate.ask(asker(), asked, 1, lambda _: same, clock=clock)
        clock.forward(hours=1)

    # The fifth question is the fourth to be given the answer of the first.
    assert alarms(database) == [("alarm.snaps", "account:rikke", {"snaps": 4})]


def test_a_few_snaps_a_day_are_no_alarm(database):
    gate, clock = a_gate(database), Clock()
    same = somebody(500, question())
    for number in range(10, 18):
        asked = question(event(f"DE{number}"))
        gate.ask(asker(), asked, 1, lambda _: same, clock=clock)
        clock.forward(hours=12)

    assert alarms(database) == []


def test_the_questions_of_a_differencing_attack(database):
    gate, secret, victim = a_gate(database), event("DX10"), event("DZ99")
    for number in range(10, 18):
        cover = event(f"DE{number}")
        for asked in (
            question(secret, cover),
            question(secret, cover, but_not(victim)),
        ):
            gate.ask(asker(), asked, 1, Counting())

    [(action, subject, details)] = alarms(database)
    assert (action, subject) == ("alarm.similar", "account:rikke")
    assert details["questions"] == 10
    assert details["percent_of_pairs"] > 30


def test_attritions_of_four_studies_are_no_alarm(database):
    gate = a_gate(database)
    for letter in "ABCD":
        codes = [event(f"D{letter}{number}0") for number in range(4)]
        steps = [question(*codes[:length]) for length in range(1, 5)]
        gate.ask_each(asker(), steps, 1, Counting())

    assert alarms(database) == []


@pytest.mark.parametrize(
    ("questions", "share"),
    [
        ([], 0),
        (["ab"], 0),
        (["ab", "abc"], 1),
        (["abc", "abd"], 1),
        (["ab", "ab"], 1),
        # With nothing in common, nothing is shared.
        (["a", "b"], 0),
        (["abc", "ade"], 0),
        (["ab", "ac", "de"], 1 / 3),
    ],
)
def test_the_share_of_similar_pairs(questions: list[str], share: float):
    found = [frozenset(letter.encode() for letter in asked) for asked in questions]

    assert share_of_similar_pairs(found) == pytest.approx(share)
