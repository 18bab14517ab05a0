"""What may still be asked, by person, organisation, month and year."""

from datetime import timedelta

import pytest

from enclave.errors import PolicyRefusal
from tests.builders.disclosure import (
    START,
    Clock,
    Counting,
    a_gate,
    asker,
    event,
    question,
)


def _ask(gate, number, who=None, clock=None):
    asked = question(event(f"D{chr(65 + number // 100)}{number % 100:02}"))
    return gate.ask(who or asker(), asked, 1, Counting(), clock=clock or Clock())


def test_a_new_person_has_the_whole_budget(database):
    budget = a_gate(database).budget(asker(), clock=Clock())

    assert budget.left == budget.limit_30_days == 40
    assert budget.limit_year == 120
    assert budget.used_30_days == budget.used_year == 0
    assert budget.more_at is None


def test_forty_and_not_one_more(database):
    gate, clock = a_gate(database), Clock()
    for number in range(40):
        assert _ask(gate, number, clock=clock).budget_left == 39 - number

    with pytest.raises(PolicyRefusal, match="More from 2026-12-22"):
        _ask(gate, 40, clock=clock)


def test_a_question_comes_back_after_thirty_days(database):
    gate, clock = a_gate(database, person_30_days=2), Clock()
    _ask(gate, 0, clock=clock)
    clock.forward(days=10)
    _ask(gate, 1, clock=clock)

    budget = gate.budget(asker(), clock=clock)
    assert budget.left == 0
    assert budget.more_at == START + timedelta(days=30)

    clock.forward(days=20)
    assert gate.budget(asker(), clock=clock).left == 1
    assert _ask(gate, 2, clock=clock).budget_left == 0


def test_the_year_has_a_limit_of_its_own(database):
    gate, clock = a_gate(database, person_30_days=2, person_year=3), Clock()
    for number in range(3):
        _ask(gate, number, clock=clock)
        clock.forward(days=31)

    with pytest.raises(PolicyRefusal, match="3 in a year") as refusal:
        _ask(gate, 3, clock=clock)
    assert f"{START + timedelta(days=365):%Y-%m-%d}" in str(refusal.value)

    clock.forward(days=365 - 93)
    assert _ask(gate, 3, clock=clock).budget_left == 0


def test_persons_do_not_share_a_budget(database):
    gate = a_gate(database, person_30_days=1)
    _ask(gate, 0, asker("rikke"))

    assert _ask(gate, 1, asker("anne")).budget_left == 0


def test_an_organisation_does(database):
    gate = a_gate(database, organisation_30_days=3)
    for number, account in enumerate(["a", "b", "c"]):
        _ask(gate, number, asker(account, "Rigshospitalet"))

    with pytest.raises(PolicyRefusal, match="Rigshospitalet has used its 3"):
        _ask(gate, 4, asker("d", "Rigshospitalet"))
    _ask(gate, 4, asker("e", "Aarhus"))
    assert _ask(gate, 0, asker("a", "Rigshospitalet")).answered_before


def test_changing_the_organisation_refills_nothing(database):
    gate = a_gate(database, person_30_days=1)
    _ask(gate, 0, asker("rikke", "Rigshospitalet"))

    with pytest.raises(PolicyRefusal, match="0 left"):
        _ask(gate, 1, asker("rikke", "Aarhus"))


def test_a_new_snapshot_refills_nothing(database):
    gate, clock = a_gate(database, person_30_days=2), Clock()
    for snapshot in (1, 2):
        gate.ask(asker(), question(event()), snapshot, Counting(), clock=clock)

    with pytest.raises(PolicyRefusal):
        gate.ask(asker(), question(event()), 3, Counting(), clock=clock)


def test_the_words_fit_one(database):
    gate = a_gate(database, person_30_days=1)
    _ask(gate, 0)

    with pytest.raises(PolicyRefusal, match="needs 1 new question and"):
        _ask(gate, 1)
