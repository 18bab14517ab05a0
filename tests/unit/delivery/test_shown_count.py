"""What the gate said before is found again, and nothing is asked anew."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave.delivery.shown_count import shown_count
from enclave.disclosure.gate import Gate
from enclave.disclosure.policy import policy
from enclave.disclosure.secret import gate_secret
from enclave.store.disclosure_tables import LedgerEntry, StoredAnswer
from tests.builders.disclosure import START, Counting, asker


WOMEN = Question(population=Population(sex="female"))
SOON = START + timedelta(hours=1)


def ask(settings, database, *, snapshot=1, persons=5000, account="rikke"):
    gate = Gate(database, policy(), gate_secret(settings))
    return gate.ask(
        asker(account), WOMEN, snapshot, Counting(persons), clock=lambda: START
    )


def find(settings, database, question=WOMEN, *, snapshot=1, before=SOON):
    with database.begin() as session:
        return shown_count(session, settings, question, snapshot, before=before)


def test_what_was_shown_is_found(settings, database):
    shown = ask(settings, database)

    found = find(settings, database)

    assert (found.snapshot, found.value, found.en) == (1, shown.value, shown.shown)
    assert found.da == shown.shown.replace(",", ".")


def test_a_question_that_means_the_same_finds_the_same(settings, database):
    ask(settings, database)
    same = WOMEN.model_copy(update={"variables": ("lab.value",)})

    assert find(settings, database, same) == find(settings, database)


def test_the_latest_answer_up_to_the_snapshot_counts(settings, database):
    for snapshot, persons in ((1, 5000), (4, 8000)):
        ask(settings, database, snapshot=snapshot, persons=persons)

    assert find(settings, database, snapshot=3).snapshot == 1
    assert find(settings, database, snapshot=4).snapshot == 4
    assert find(settings, database, snapshot=9).snapshot == 4


def test_an_answer_given_later_does_not_count(settings, database):
    ask(settings, database)

    assert find(settings, database, before=START) is None


@pytest.mark.parametrize(
    "question",
    [
        Question(population=Population(sex="male")),
        # Too fine for the gate: one code out of the middle of SKS.
        Question(
            criteria=(EventCriterion(codes=CodeList.of("SKS", "DE1149A")),),
        ),
    ],
)
def test_what_nobody_could_or_did_ask_has_no_answer(settings, database, question):
    ask(settings, database)

    assert find(settings, database, question) is None


def test_looking_costs_nobody_anything(settings, database):
    ask(settings, database)
    find(settings, database)
    find(settings, database, Question(population=Population(sex="male")))

    with database.begin() as session:
        for table in (LedgerEntry, StoredAnswer):
            assert session.scalar(select(func.count()).select_from(table)) == 1
