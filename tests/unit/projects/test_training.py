"""The yearly training: what is drawn, how it is marked, what a pass is worth."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects.admission import may_open_workspace
from enclave.projects.machine import StateConflict
from enclave.projects.training import attempts
from enclave.projects.training.bank import bank
from enclave.store.audit_tables import AuditEntry
from enclave.store.certification_tables import TrainingAttempt
from enclave.store.database import Database
from enclave.store.project_tables import Account
from tests.builders.projects import NOW, TODAY, at, cast, later, project


@pytest.fixture(autouse=True)
def running(database: Database) -> None:
    cast(database)
    project(database)
    with database.begin() as session:
        session.get_one(Account, "rikke").training_until = None


def moment(**interval):
    return lambda: NOW + timedelta(**interval)


def answers(attempt: TrainingAttempt, wrong: int = 0) -> list[int]:
    right = [one.right for one in attempts.asked(attempt)]
    return [(each + (place < wrong)) % 3 for place, each in enumerate(right)]


def attempt(session, wrong: int = 0, clock=None) -> TrainingAttempt:
    made = attempts.begin(session, "rikke", clock or at())
    return attempts.hand_in(
        session, made.id, answers(made, wrong), "rikke", clock or at()
    )


@pytest.mark.parametrize(("wrong", "passed"), [(0, True), (2, True), (3, False)])
def test_eight_of_ten_pass_and_hold_for_a_year(database, wrong, passed):
    with database.begin() as session:
        done = attempt(session, wrong)
        assert (done.correct, done.passed) == (10 - wrong, passed)
        decision = may_open_workspace(session, "rikke", "demo", at())
        assert decision.allowed is passed
        assert passed or "has not passed the yearly training" in decision.reason
        if passed:
            assert may_open_workspace(session, "rikke", "demo", later(days=365)).allowed
            rikke = session.get_one(Account, "rikke")
            said = attempts.why_not(rikke, TODAY + timedelta(days=366))
            assert "ended on" in said
        told = [entry.action for entry in session.scalars(select(AuditEntry))]
        assert told.count("training.pass") == passed


def test_what_is_drawn_differs_and_what_is_right_is_not_always_first(database):
    with database.begin() as session:
        drawn = [
            attempts.begin(session, "rikke", moment(days=2 * day)) for day in range(12)
        ]
        sets = {tuple(sorted(one["id"] for one in made.questions)) for made in drawn}
        places = {one.right for made in drawn for one in attempts.asked(made)}
    assert len(sets) > 6
    assert places == {0, 1, 2}
    assert all(len({one["id"] for one in made.questions}) == 10 for made in drawn)


def test_an_open_test_goes_on_so_that_nobody_looks_for_an_easy_one(database):
    with database.begin() as session:
        first = attempts.begin(session, "rikke", at())
        assert attempts.begin(session, "rikke", moment(minutes=44)).id == first.id
        assert attempts.begin(session, "rikke", moment(minutes=46)).id != first.id


def test_three_attempts_a_day_and_then_a_day_of_reading(database):
    with database.begin() as session:
        for hour in range(3):
            attempt(session, wrong=5, clock=moment(hours=hour))
        with pytest.raises(PolicyRefusal, match=r"3 attempts .* 2026-11-23 12:00"):
            attempts.begin(session, "rikke", moment(hours=23))
        assert attempts.begin(session, "rikke", moment(hours=24, minutes=1))


def test_a_test_is_handed_in_once_whole_in_time_and_by_its_owner(database):
    with database.begin() as session:
        made = attempts.begin(session, "rikke", at())
        given = answers(made)
        with pytest.raises(NotFoundError):
            attempts.hand_in(session, made.id, given, "anne", at())
        for bad in (given[:9], [*given, 0], [3, *given[1:]], [-1, *given[1:]]):
            with pytest.raises(InputError, match="has no answer"):
                attempts.hand_in(session, made.id, bad, "rikke", at())
        with pytest.raises(StateConflict, match="time of this test is over"):
            attempts.hand_in(session, made.id, given, "rikke", moment(minutes=45))
        attempts.hand_in(session, made.id, answers(made, wrong=9), "rikke", at())
        with pytest.raises(StateConflict, match="handed in before"):
            attempts.hand_in(session, made.id, given, "rikke", at())


def test_a_test_of_another_bank_is_begun_anew(database):
    with database.begin() as session:
        made = attempts.begin(session, "rikke", at())
        made.bank_digest = "0" * 64
        session.flush()
        assert attempts.begin(session, "rikke", at()).id != made.id
        with pytest.raises(StateConflict):
            attempts.hand_in(session, made.id, answers(made), "rikke", at())


def test_two_pages_at_once_draw_one_test(store: Database):
    cast(store)
    drawn: list[int] = []

    def draw() -> None:
        with store.begin() as session:
            drawn.append(attempts.begin(session, "rikke", at()).id)

    threads = [threading.Thread(target=draw) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 3
    assert len({*drawn}) == 1


@pytest.mark.parametrize("question", bank().values(), ids=lambda one: one.id)
def test_every_question_is_whole_in_both_languages(question):
    for said in (question.en, question.da):
        assert said.ask.endswith("?")
        assert len({*said.options}) == len(said.options) == 3
        assert len(said.why) > 40
    assert question.en.ask != question.da.ask


def test_the_bank_is_larger_than_a_test_by_far():
    assert len(bank()) >= 2 * attempts.QUESTIONS


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("pick", [max, min])
def test_who_picks_by_the_length_of_the_options_does_not_pass(language, pick):
    said = [one.in_language(language).options for one in bank().values()]
    hits = sum(pick(options, key=len) == options[0] for options in said)

    assert hits / len(said) < 0.5
