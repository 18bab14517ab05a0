"""Fewer questions may be composed: each is one more sample of the same count."""

import json
from datetime import timedelta
from math import sqrt
from statistics import NormalDist

import pytest
from sqlalchemy import select

from enclave.disclosure.layout import COUNT, Layout
from enclave.disclosure.policy import policy
from enclave.disclosure.summary import Summary
from enclave.errors import PolicyRefusal
from enclave.store.audit_tables import AuditEntry
from tests.builders.disclosure import (
    START,
    Clock,
    Counting,
    a_gate,
    asker,
    event,
    question,
    somebody,
)


ASKED = question(event("DE11"))
TOO_FINE = question(event("DE112"))


def beside(number, *, composed=True):
    """A release of a cohort beside one of many codes."""
    return Layout("codes", ("all", f"SKS D{number}"), composed=composed)


def ask(gate, number=0, who=None, clock=None, asked=ASKED, *, composed=True):
    layout = beside(number, composed=composed)
    return gate.ask_cells(
        who or asker(),
        asked,
        1,
        layout,
        lambda one: dict.fromkeys(layout.cells, somebody(500, one)),
        clock=clock or Clock(),
    ).total


def test_a_layout_has_to_say_whether_it_is_composed():
    with pytest.raises(TypeError, match="composed"):
        Layout("of tomorrow", ("all",))
    assert not COUNT.composed


def test_twelve_and_not_one_more(database):
    gate = a_gate(database)
    for number in range(12):
        assert gate.budget(asker(), clock=Clock()).composed.left == 12 - number
        ask(gate, number)

    with pytest.raises(PolicyRefusal) as refusal:
        ask(gate, 12)

    said = str(refusal.value)
    assert "0 of those left, of 12 in 30 days. More from 2026-12-22." in said
    assert "can still ask 28 new questions of the others: counts" in said
    assert "0 af dem tilbage ud af 12 på 30 dage. Flere fra 2026-12-22" in (
        refusal.value.danish
    )
    assert "28 nye spørgsmål af de andre: antal" in refusal.value.danish


def test_one_that_was_asked_before_is_free(database):
    gate = a_gate(database, person_composed_30_days=1)
    first = ask(gate, 0)

    again = ask(gate, 0)

    assert again.answered_before
    assert again.value == first.value


def test_others_can_be_asked_when_no_composed_one_is_left(database):
    gate = a_gate(database, person_composed_30_days=1)
    ask(gate, 0)

    answer = gate.ask(asker(), question(event("DE12")), 1, Counting(), clock=Clock())
    assert answer.budget_left == 38
    assert ask(gate, 1, composed=False).budget_left == 37


def test_they_are_some_of_all_and_not_besides(database):
    gate = a_gate(database, person_30_days=3)
    for number in (10, 11, 12):
        asked = question(event(f"DE{number}"))
        gate.ask(asker(), asked, 1, Counting(), clock=Clock())

    budget = gate.budget(asker(), clock=Clock())
    with pytest.raises(PolicyRefusal, match="your budget has 0 left, of 3"):
        ask(gate, 0)

    assert (budget.left, budget.composed.left) == (0, 0)
    assert budget.composed.more_at == START + timedelta(days=30)


def test_they_come_back_one_by_one(database):
    gate, clock = a_gate(database, person_composed_30_days=2), Clock()
    gate.ask(asker(), ASKED, 1, Counting(), clock=clock)
    for number in range(2):
        clock.forward(days=10)
        ask(gate, number, clock=clock)

    clock.forward(days=10)
    composed = gate.budget(asker(), clock=clock).composed
    assert (composed.left, composed.used_30_days) == (0, 2)
    assert composed.more_at == START + timedelta(days=40)

    clock.forward(days=10)
    ask(gate, 2, clock=clock)
    with pytest.raises(PolicyRefusal, match=f"{START + timedelta(days=50):%Y-%m-%d}"):
        ask(gate, 3, clock=clock)


def test_where_both_are_used_up_the_later_day_is_told(database):
    changed = {"person_30_days": 2, "person_composed_30_days": 1}
    gate, clock = a_gate(database, **changed), Clock()
    gate.ask(asker(), ASKED, 1, Counting(), clock=clock)
    clock.forward(days=10)
    ask(gate, 0, clock=clock)

    budget = gate.budget(asker(), clock=clock)
    assert budget.more_at == START + timedelta(days=30)
    assert budget.composed.more_at == START + timedelta(days=40)


def test_an_organisation_has_fewer_than_its_people_together(database):
    gate = a_gate(database, organisation_composed_30_days=3)
    for number in range(3):
        ask(gate, number, asker(f"account-{number}"))

    with pytest.raises(PolicyRefusal, match="has used its 3 in 30 days") as refusal:
        ask(gate, 3, asker("another"))

    assert "Rigshospitalet har brugt sine 3 på 30 dage" in refusal.value.danish
    assert ask(gate, 3, asker("another", "Aarhus")).budget_left == 39
    assert ask(gate, 3, asker("another"), composed=True).answered_before


def test_a_refused_one_costs_as_much(database):
    gate = a_gate(database)
    with pytest.raises(PolicyRefusal):
        gate.ask(asker(), TOO_FINE, 1, Counting(), clock=Clock())
    assert gate.budget(asker(), clock=Clock()).composed.left == 12

    # Refused as a count, and refused as what it is now: two questions.
    for _ in range(2):
        with pytest.raises(PolicyRefusal, match="Too fine"):
            ask(gate, 0, asked=TOO_FINE)

    budget = gate.budget(asker(), clock=Clock())
    assert (budget.left, budget.composed.left) == (38, 11)


def test_it_is_decided_before_anybody_looks_at_data(database):
    gate = a_gate(database, person_composed_30_days=1)
    ask(gate, 0)

    def looked(_asked):
        raise AssertionError

    with pytest.raises(PolicyRefusal):
        gate.ask_cells(asker(), ASKED, 1, beside(1), looked, clock=Clock())


def test_what_is_read_off_cells_is_bounded_as_well(database):
    gate = a_gate(database, person_composed_30_days=1)
    ask(gate, 0)
    summary = Summary(beside(1), lambda _: {}, lambda _: {}, lambda *_: None)

    with pytest.raises(PolicyRefusal, match="composed question"):
        gate.ask_summary(asker(), ASKED, 1, summary, clock=Clock())


def test_the_audit_log_is_told_once_when_most_are_used(database):
    gate = a_gate(database)
    for number in range(12):
        ask(gate, number)

    told = select(AuditEntry.details).where(AuditEntry.action == "alarm.budget")
    with database.begin() as session:
        found = [json.loads(details) for details in session.scalars(told)]
    assert found == [{"used": 10, "limit": 12, "composed": True}]


def test_one_question_may_be_the_reason_for_two_alarms(database):
    limits = {"person_30_days": 10, "person_composed_30_days": 5}
    gate = a_gate(database, **limits, alarm_budget_used=0.5)
    for number in (10, 11, 12):
        asked = question(event(f"DE{number}"))
        gate.ask(asker(), asked, 1, Counting(), clock=Clock())
    for number in range(3):
        ask(gate, number)

    told = select(AuditEntry.details).where(AuditEntry.action == "alarm.budget")
    with database.begin() as session:
        found = [json.loads(details) for details in session.scalars(told)]
    assert found == [
        {"used": 6, "limit": 10},
        {"used": 3, "limit": 5, "composed": True},
    ]


@pytest.mark.parametrize(
    ("questions", "most"),
    [
        (policy().person_composed_30_days, 0.597),
        (policy().organisation_composed_30_days, 0.695),
    ],
)
def test_no_more_than_keep_attack_30_at_its_limits(questions, most):
    # All cells of each question hold the whole cohort, so each is one sample.
    apart = sqrt(questions) / (sqrt(2) * policy().sigma)

    assert NormalDist().cdf(apart) <= most
