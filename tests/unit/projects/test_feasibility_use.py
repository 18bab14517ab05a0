"""An answered feasibility request: it is used in a proposal, or grows too old."""

from datetime import date

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from enclave.audit import log
from enclave.cli.main import enclave
from enclave.cohort.question import Population, Question
from enclave.errors import NotFoundError
from enclave.projects import applications, beginning, feasibility_use, overview, people
from enclave.projects.forms import FormError
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.notice_tables import Notice
from enclave.store.project_tables import Application
from tests.builders.projects import (
    TODAY,
    at,
    cast,
    feasibility,
    later,
    proposal_form,
    take,
)


LED_BY_BOTH = [
    {
        "name": name,
        "email": f"{name}@demo.example",
        "institution": "RH",
        "role": "leader",
    }
    for name in ("rikke", "anne")
]


@pytest.fixture
def staffed(database: Database) -> Database:
    cast(database)
    return database


def named_by(database: Database, number: int | None, who: str = "rikke", **more) -> int:
    with database.begin() as session:
        form = proposal_form(feasibility_request=number, **more)
        return applications.create(session, "proposal", form, who, at()).id


def hand_in(database: Database, proposal: int, who: str = "rikke", clock=None) -> None:
    with database.begin() as session:
        take(session, proposal, "submit", who, clock=clock)


def state(database: Database, number: int) -> str:
    with database.begin() as session:
        return session.get_one(Application, number).state


def document(database: Database, number: int, who: str = "rikke") -> dict:
    with database.begin() as session:
        found = session.get_one(Application, number)
        return overview.document(session, found, people.get(session, who))


def test_handing_in_a_proposal_uses_the_answer_it_names(staffed: Database):
    request = feasibility(staffed, "answered")
    proposal = named_by(staffed, request)
    assert state(staffed, request) == "answered"

    hand_in(staffed, proposal)

    found = document(staffed, request)
    assert found["state"] == "used_in"
    last = found["history"][-1]
    assert (last["action"], last["actor"], last["reason"]) == (
        "use",
        "system",
        f"#{proposal}",
    )
    with staffed.begin() as session:
        events = log.latest(session, 9, subject=f"application:{request}")
        assert events[0]["action"] == "feasibility_request.use"


def test_who_hands_in_the_proposal_sees_no_request_of_somebody_else(
    staffed: Database,
):
    request = feasibility(staffed, "answered")
    proposal = named_by(staffed, request, group=LED_BY_BOTH)

    hand_in(staffed, proposal, "anne")

    assert state(staffed, request) == "used_in"
    with staffed.begin() as session:
        with pytest.raises(NotFoundError):
            applications.get(session, request, "anne")
        assert applications.get(session, request, "rikke").id == request
        told = select(Notice.account, Notice.state).where(
            Notice.application_id == request
        )
        assert ("rikke", "used_in") in {tuple(one) for one in session.execute(told)}


def test_an_answer_is_kept_for_the_proposals_handed_in_while_it_held(
    staffed: Database,
):
    request = feasibility(staffed, "answered")
    first, second, late = (named_by(staffed, request) for _ in range(3))
    hand_in(staffed, first)
    hand_in(staffed, second)
    long_after = later(days=300)

    with staffed.begin() as session:
        take(session, first, "withdraw", "rikke")
        take(session, second, "return", "karen", clock=long_after)
    with pytest.raises(FormError, match=f"numbers that held until {TODAY}"):
        hand_in(staffed, late, clock=long_after)
    hand_in(staffed, second, clock=long_after)

    assert state(staffed, second) == "submitted"
    assert state(staffed, request) == "used_in"


def test_an_answer_named_when_a_proposal_is_returned_must_hold_then(staffed: Database):
    request = feasibility(staffed, "used_in")
    proposal = named_by(staffed, None)
    hand_in(staffed, proposal)
    with staffed.begin() as session:
        take(session, proposal, "return", "karen")
        form = proposal_form(feasibility_request=request)
        applications.edit(session, proposal, form, "rikke", at())

    with pytest.raises(FormError, match=f"numbers that held until {TODAY}"):
        hand_in(staffed, proposal, clock=later(days=1))


@pytest.mark.parametrize("made", ["draft", "submitted", "withdrawn"])
def test_what_was_not_answered_is_no_answer(staffed: Database, made: str):
    proposal = named_by(staffed, feasibility(staffed, made))

    with pytest.raises(FormError, match="feasibility_request: is no feasibility"):
        hand_in(staffed, proposal)


def test_the_answer_of_somebody_else_looks_like_none(staffed: Database):
    request = feasibility(staffed, "answered")
    theirs = named_by(staffed, request, "anne")
    nothing = named_by(staffed, 4711, "anne")

    said = []
    for proposal in (theirs, nothing):
        with pytest.raises(FormError) as refused:
            hand_in(staffed, proposal, "anne")
        said.append(str(refused.value))
        assert document(staffed, proposal, "anne")["outcome"] is None
    assert said[0] == said[1]
    assert state(staffed, request) == "answered"


def test_an_answer_that_grew_too_old_is_refused_and_written_down(staffed: Database):
    request = feasibility(staffed, "answered")
    proposal, tomorrow = named_by(staffed, request), later(days=1)
    with pytest.raises(FormError, match=f"numbers that held until {TODAY}"):
        hand_in(staffed, proposal, clock=tomorrow)

    with staffed.begin() as session:
        assert feasibility_use.expire(session, at()) == 0
    with staffed.begin() as session:
        assert feasibility_use.expire(session, tomorrow) == 1
    with staffed.begin() as session:
        assert feasibility_use.expire(session, tomorrow) == 0
        told = select(Notice.state).where(Notice.application_id == request)
        assert session.scalars(told.order_by(Notice.id)).all()[-1] == "expired"
        log.verify(session)
    assert state(staffed, request) == "expired"
    assert document(staffed, request)["history"][-1]["actor"] == "system"


def test_the_worker_writes_down_by_itself_what_grew_too_old(
    staffed: Database, settings: Settings
):
    # The worker goes by the real clock.
    old = feasibility(staffed, "answered", date(2020, 1, 31))
    good = feasibility(staffed, "answered", date(9999, 1, 31))

    runs = [
        CliRunner().invoke(enclave, ["worker", "--once"], obj=settings)
        for _ in range(2)
    ]

    assert [run.exit_code for run in runs] == [0, 0], runs[0].output
    assert "1 feasibility answers grew too old to be used" in runs[0].output
    assert "grew too old" not in runs[1].output
    assert (state(staffed, old), state(staffed, good)) == ("expired", "answered")
    with staffed.begin() as session:
        told = select(Notice.state).where(Notice.application_id == old)
        assert session.scalars(told.order_by(Notice.id)).all()[-1] == "expired"
        log.verify(session)


def test_a_used_answer_does_not_grow_old(staffed: Database):
    request = feasibility(staffed, "used_in")

    with staffed.begin() as session:
        assert feasibility_use.expire(session, later(days=900)) == 0
    assert state(staffed, request) == "used_in"


def test_the_answer_stands_beside_the_proposal_and_says_if_it_is_of_others(
    staffed: Database,
):
    request = feasibility(staffed, "answered")
    other = Question(population=Population(sex="male")).model_dump(mode="json")
    same = document(staffed, named_by(staffed, request))
    men = document(staffed, named_by(staffed, request, population=other))

    assert same["outcome"]["digest"] == men["outcome"]["digest"] == "0" * 64
    about = [
        [one["field"] for one in found["warnings"]].count("feasibility_request")
        for found in (same, men)
    ]
    assert about == [0, 1]


def test_a_proposal_begins_with_what_the_request_said(staffed: Database):
    request = feasibility(
        staffed, "answered", departments=["Own", "Cardiology 4202011"], department="Own"
    )
    with staffed.begin() as session:
        rikke = people.get(session, "rikke")
        asked = session.get_one(Application, request)
        given = beginning.from_answer(asked, rikke)
        form = beginning.begun(session, "proposal", given, rikke, at())

    assert form["title"] == "Are there enough patients with a first diagnosis?"
    assert form["feasibility_request"] == request
    assert form["feasibility_done"] is True
    assert form["aims"].startswith("To see whether")
    assert form["variables_wanted"] == "lab.value"
    assert form["other_departments"] == [{"department": "Cardiology 4202011"}]
    assert form["population"]["population"]["sex"] == "female"
    assert form["group"][0]["email"] == "rikke@demo.example"


def test_an_answer_that_is_named_under_conditions_is_used_at_the_approval(
    staffed: Database,
):
    request = feasibility(staffed, "answered")
    proposal = named_by(staffed, None)
    hand_in(staffed, proposal)
    with staffed.begin() as session:
        take(session, proposal, "start_review", "karen")
        take(session, proposal, "approve_conditionally", "karen")
        form = proposal_form(feasibility_request=request)
        applications.edit(session, proposal, form, "rikke", at())
        take(session, proposal, "approve", "karen")

    assert state(staffed, request) == "used_in"
    assert document(staffed, request)["history"][-1]["reason"] == f"#{proposal}"
