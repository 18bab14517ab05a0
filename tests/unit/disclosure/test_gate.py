"""The gate, from a question to what may be seen."""

import json

import pytest
from sqlalchemy import select

from enclave.audit import log
from enclave.disclosure.gate import Gate
from enclave.disclosure.policy import policy
from enclave.disclosure.presentation import in_words, presented
from enclave.errors import IntegrityError, PolicyRefusal
from enclave.store.audit_tables import AuditEntry
from enclave.store.disclosure_tables import LedgerEntry, StoredAnswer
from tests.builders.disclosure import (
    Clock,
    Counting,
    a_gate,
    all_of,
    asker,
    but_not,
    event,
    question,
    rules,
    somebody,
)


A, B, C = event("DE11"), event("DI21"), event("DK70")
WORDINGS = [
    question(A, B),
    question(B, A),
    question(all_of(A, B), B),
    question(but_not(but_not(A)), B),
]


def _rows(database, table):
    with database.begin() as session:
        return list(session.scalars(select(table)))


def test_an_answer_is_what_is_stored(database):
    gate, counter = a_gate(database), Counting(1234)

    answer = gate.ask(asker(), question(A), 1, counter)

    [stored] = _rows(database, StoredAnswer)
    assert answer.value == presented(stored.noisy, rules())
    assert answer.shown == in_words(answer.value, rules())
    assert abs(stored.noisy - 1234) < 80
    assert answer.question_digest == question(A).digest
    assert answer.snapshot == 1
    assert counter.asked == [question(A)]


def test_the_same_question_has_one_answer_and_one_price(database):
    gate, counter = a_gate(database), Counting(500)

    answers = [gate.ask(asker(), wording, 1, counter) for wording in WORDINGS * 5]

    assert len({answer.value for answer in answers}) == 1
    assert {answer.budget_left for answer in answers} == {39}
    assert [answer.answered_before for answer in answers] == [False] + [True] * 19
    assert len(counter.asked) == 1
    assert len(_rows(database, StoredAnswer)) == 1
    assert len(_rows(database, LedgerEntry)) == 1


def test_another_key_is_refused_once_there_are_answers(database):
    with_one_key = Gate(database, policy(), b"a" * 32)
    Gate(database, policy(), b"b" * 32)
    with_one_key.ask(asker(), question(A), 1, Counting(100))

    Gate(database, policy(), b"a" * 32)
    with pytest.raises(IntegrityError, match=r"Restore keys/gate\.key"):
        Gate(database, policy(), b"b" * 32)


def test_others_get_the_same_answer_and_pay_like_everybody(database):
    # A lower price would tell that somebody else had asked.
    gate, counter = a_gate(database), Counting(500)

    mine = gate.ask(asker("rikke"), question(A), 1, counter)
    theirs = gate.ask(asker("anne", "Aarhus"), question(A), 1, counter)

    assert theirs.value == mine.value
    assert not theirs.answered_before
    assert theirs.budget_left == 39
    assert len(counter.asked) == 1


def test_another_snapshot_is_another_question(database):
    gate, counter = a_gate(database), Counting(500)

    gate.ask(asker(), question(A), 1, counter)
    later = gate.ask(asker(), question(A), 2, counter)

    assert not later.answered_before
    assert later.budget_left == 38
    assert len(counter.asked) == 2


def test_nobody_counts_before_the_budget_is_taken(database):
    def counter(asked):
        [entry] = _rows(database, LedgerEntry)
        assert entry.account == "rikke"
        assert not entry.refused
        return somebody(500, asked)

    a_gate(database).ask(asker(), question(A), 1, counter)


def test_a_failed_count_costs_once_and_shows_nothing(database):
    gate = a_gate(database)

    def failing(_asked):
        raise RuntimeError

    for _ in range(3):
        with pytest.raises(RuntimeError):
            gate.ask(asker(), question(A), 1, failing)
    answer = gate.ask(asker(), question(A), 1, Counting())

    assert answer.budget_left == 39
    assert answer.answered_before
    assert len(_rows(database, StoredAnswer)) == 1


def test_a_refused_question_touches_no_data_and_costs(database):
    gate, counter = a_gate(database), Counting()
    fine = question(event("DE112"))

    for _ in range(3):
        with pytest.raises(PolicyRefusal, match="prefixes of 4 characters"):
            gate.ask(asker(), fine, 1, counter)

    assert counter.asked == []
    [entry] = _rows(database, LedgerEntry)
    assert entry.refused
    assert gate.budget(asker()).left == 39
    assert _rows(database, StoredAnswer) == []


def test_when_the_budget_is_gone_only_old_questions_are_answered(database):
    gate, counter = a_gate(database, person_30_days=2), Counting()
    for one in (A, B):
        gate.ask(asker(), question(one), 1, counter)

    with pytest.raises(PolicyRefusal, match="0 left, of 2 in 30 days"):
        gate.ask(asker(), question(C), 1, counter)
    again = gate.ask(asker(), question(A), 1, counter)

    assert len(counter.asked) == 2
    assert again.answered_before
    assert again.budget_left == 0


def test_several_questions_are_paid_together_or_not_at_all(database):
    gate, counter = a_gate(database, person_30_days=2), Counting()
    steps = [question(), question(A), question(A, B)]

    with pytest.raises(PolicyRefusal, match="needs 3 new questions"):
        gate.ask_each(asker(), steps, 1, counter)
    assert counter.asked == []
    assert gate.budget(asker()).left == 2

    first = gate.ask(asker(), question(B, A), 1, counter)
    two, three = gate.ask_each(asker(), steps[1:], 1, counter)
    assert three.value == first.value
    assert three.answered_before
    assert not two.answered_before
    assert two.budget_left == 0


def test_equal_steps_cost_once(database):
    steps = [question(A), question(A, A), question(A, B)]

    answers = a_gate(database).ask_each(asker(), steps, 1, Counting())

    assert answers[0].value == answers[1].value
    assert {answer.budget_left for answer in answers} == {38}


def test_a_step_that_is_too_fine_refuses_all(database):
    counter = Counting()
    steps = [question(A), question(A, event("DE112"))]

    with pytest.raises(PolicyRefusal, match=r"criteria\[1\]"):
        a_gate(database).ask_each(asker(), steps, 1, counter)

    assert counter.asked == []


@pytest.mark.parametrize("persons", [0, 1, 7, 19])
def test_few_and_none_look_alike(database, persons):
    gate = a_gate(database)
    # On snapshots of their own: on one, cohorts of so few share an answer.
    answers = [
        gate.ask(asker(), question(event("DA41")), snapshot, Counting(persons))
        for snapshot in range(5)
    ]

    hidden = [answer for answer in answers if answer.value is None]

    # Each is hidden with at least 52 %: all five shown happens once in forty at 19,
    # and practically never below.
    assert hidden or persons == 19
    assert {answer.shown for answer in hidden} <= {"fewer than 20"}


def test_the_threshold_does_not_look_at_the_true_count(database):
    # With the true count below it, a noisy count above is shown all the same.
    gate = a_gate(database, person_30_days=1000, person_year=1000)
    shown = [
        gate.ask(asker(), question(event("DE11")), snapshot, Counting(19)).value
        for snapshot in range(50)
    ]

    assert any(value is not None for value in shown)
    assert any(value is None for value in shown)


def test_each_question_is_in_the_audit_log_and_no_answer(database):
    gate = a_gate(database, person_30_days=2)
    answer = gate.ask(asker(), question(A), 3, Counting(123_456))
    gate.ask(asker(), question(A), 3, Counting())
    with pytest.raises(PolicyRefusal):
        gate.ask(asker(), question(event("DE112")), 3, Counting())
    with pytest.raises(PolicyRefusal):
        gate.ask(asker(), question(B), 3, Counting())

    entries = _rows(database, AuditEntry)
    assert [(entry.actor, entry.action, entry.subject) for entry in entries] == [
        ("rikke", "question.ask", "snapshot:3"),
        ("rikke", "question.ask", "snapshot:3"),
        ("rikke", "question.refuse", "snapshot:3"),
        ("rikke", "question.refuse", "snapshot:3"),
    ]
    details = [json.loads(entry.details) for entry in entries]
    assert [detail["paid"] for detail in details] == [1, 0, 1, 0]
    assert details[0]["questions"] == [answer.ledger_id]
    assert {key for detail in details for key in detail} == {"questions", "paid"}
    with database.begin() as session:
        assert log.verify(session).entries == 4


def test_times_come_from_the_clock(database):
    clock = Clock()

    a_gate(database).ask(asker(), question(A), 1, Counting(), clock=clock)

    [entry], [stored] = _rows(database, LedgerEntry), _rows(database, StoredAnswer)
    assert entry.at == stored.at == clock()


def test_a_change_of_rules_draws_no_second_sample(database):
    old = a_gate(database).ask(asker(), question(A), 1, Counting(500))
    [before] = _rows(database, StoredAnswer)

    new = a_gate(database, sigma=9.0).ask(asker(), question(A), 1, Counting(500))

    assert new.value == old.value
    [after] = _rows(database, StoredAnswer)
    assert after.policy == before.policy == rules().digest


def test_the_stored_question_can_be_read_by_a_reviewer(database):
    a_gate(database).ask(asker(), question(A, sex="female"), 1, Counting())

    [stored] = _rows(database, StoredAnswer)
    form = json.loads(stored.question)
    assert form["population"]["sex"] == "female"
    assert form["atoms"][0]["codes"] == [["DE11", "prefix"]]
