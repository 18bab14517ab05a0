"""The gate keeps its promises on either database, also when asked all at once."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from enclave.audit import log
from enclave.disclosure.layout import Layout
from enclave.errors import PolicyRefusal
from enclave.store.disclosure_tables import LedgerEntry, StoredAnswer
from tests.builders.disclosure import (
    Clock,
    Counting,
    a_gate,
    asker,
    event,
    question,
)


def _number(store, table):
    with store.begin() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_question_asked_by_all_at_once_has_one_answer(store):
    gate = a_gate(store)

    def ask(number):
        who = asker(f"account-{number % 4}")
        return gate.ask(who, question(event("DE11")), 1, Counting(500)).value

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(24)))

    assert len(set(answers)) == 1
    assert _number(store, StoredAnswer) == 1
    assert _number(store, LedgerEntry) == 4


def test_a_budget_spent_from_all_sides_is_not_overspent(store):
    gate = a_gate(store, person_30_days=7)

    def ask(number):
        try:
            return gate.ask(asker(), question(event(f"DE{number}")), 1, Counting())
        except PolicyRefusal:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(10, 34)))

    assert sum(answer is not None for answer in answers) == 7
    assert _number(store, LedgerEntry) == 7
    with store.begin() as session:
        log.verify(session)


def test_composed_questions_asked_from_all_sides_are_no_more_than_may_be(store):
    gate = a_gate(store, person_composed_30_days=3, organisation_composed_30_days=5)

    def ask(number):
        layout = Layout(f"beside {number}", ("all",), composed=True)
        found = {"all": Counting()(question(event("DE11")))}
        who = asker(f"account-{number % 2}")
        try:
            return gate.ask_cells(
                who, question(event("DE11")), 1, layout, lambda _: found
            )
        except PolicyRefusal:
            return None

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(16)))

    assert sum(answer is not None for answer in answers) == 5
    assert _number(store, LedgerEntry) == 5
    left = [gate.budget(asker(f"account-{number}")).composed.left for number in (0, 1)]
    assert sorted(left) == [0, 1]


def test_time_passes_on_either_database(store):
    gate, clock = a_gate(store, person_30_days=1), Clock()
    gate.ask(asker(), question(event("DE11")), 1, Counting(), clock=clock)
    before = gate.budget(asker(), clock=clock)
    clock.forward(days=30)
    after = gate.budget(asker(), clock=clock)

    assert (before.left, after.left) == (0, 1)
    assert before.more_at == clock()
    assert after.used_year == 1
