"""Drafts, changes, versions, and what is written down about them."""

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from enclave.audit import log
from enclave.canonical import digest
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import applications
from enclave.projects.forms import DataRequestForm, FormError, ProposalForm
from enclave.projects.machine import StateConflict
from enclave.store.database import Database
from enclave.store.project_tables import Project
from tests.builders.projects import (
    QUESTION,
    at,
    cast,
    project,
    proposal,
    proposal_form,
    request,
    request_form,
    take,
)


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    cast(database)


def test_a_draft_keeps_what_was_entered(database: Database):
    with database.begin() as session:
        made = applications.create(session, "proposal", {"title": "Æ"}, "rikke", at())

    with database.begin() as session:
        found = applications.get(session, made.id, "rikke")
        assert json.loads(found.form) == {"title": "Æ"}
        assert found.form_digest == digest({"title": "Æ"})
        assert (found.state, found.version, found.title) == ("draft", 1, "Æ")
        assert found.created == at()()


@pytest.mark.parametrize("actor", ["mads", "karen", "ole"])
def test_only_researchers_apply(database: Database, actor: str):
    with (
        database.begin() as session,
        pytest.raises(PolicyRefusal, match="takes the role researcher"),
    ):
        applications.create(session, "proposal", {}, actor, at())


def test_nobody_of_that_name_applies(database: Database):
    with database.begin() as session, pytest.raises(NotFoundError, match="'eve'"):
        applications.create(session, "proposal", {}, "eve", at())


def test_a_draft_that_is_too_large(database: Database):
    with database.begin() as session, pytest.raises(InputError, match="larger than"):
        applications.create(session, "proposal", {"aims": "x" * 2_000_001}, "rikke")


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"background": "As patient 010190-1234 shows"}, "background"),
        ({"group": [{"name": "070761-4285"}]}, "group[0].name"),
        ({"title": "Case 2512489996"}, "title"),
    ],
)
def test_a_cpr_number_is_never_kept(database: Database, form: dict, field: str):
    with database.begin() as session, pytest.raises(FormError) as caught:
        applications.create(session, "proposal", form, "rikke", at())

    assert [one.field for one in caught.value.problems] == [field]
    assert not any(
        character.isdigit() for character in str(caught.value).split(":")[-1]
    )


def test_a_data_request_carries_the_approved_question(database: Database):
    project(database)
    number = request(database)

    with database.begin() as session:
        form = applications.form_of(applications.get(session, number, "rikke"))
        assert isinstance(form, DataRequestForm)
        assert form.population == QUESTION
        assert form.population.digest == QUESTION.digest
        assert [one.authority for one in form.approvals] == [
            "fortegnelse",
            "regionsraad",
        ]
        assert form.end_date.isoformat() == proposal_form()["end_date"]


def test_a_stranger_makes_no_data_request(database: Database):
    project(database)

    with (
        database.begin() as session,
        pytest.raises(PolicyRefusal, match="anne is not a member of project demo"),
    ):
        applications.create(session, "data_request", request_form(), "anne", at())


@pytest.mark.parametrize("form", [{}, {"project": 3}])
def test_a_data_request_belongs_to_a_project(database: Database, form: dict):
    with database.begin() as session, pytest.raises(InputError, match="give its slug"):
        applications.create(session, "data_request", form, "rikke", at())


def test_a_data_request_does_not_move(database: Database):
    project(database)
    project(database, short_name="other")
    number = request(database)

    with (
        database.begin() as session,
        pytest.raises(InputError, match="belongs to demo"),
    ):
        applications.edit(session, number, {"project": "other"}, "rikke", at())


def test_an_edit_replaces_the_form(database: Database):
    number = proposal(database)
    with database.begin() as session:
        applications.edit(session, number, proposal_form(title="New"), "rikke", at())

    with database.begin() as session:
        found = applications.get(session, number, "rikke")
        form = applications.form_of(found)
        assert isinstance(form, ProposalForm)
        assert (form.title, found.title, found.version) == ("New", "New", 2)


def test_a_returned_application_is_changed_and_handed_in_again(database: Database):
    number = proposal(database, "returned")

    with database.begin() as session:
        applications.edit(session, number, proposal_form(title="New"), "rikke", at())
        assert take(session, number, "submit", "rikke").state == "submitted"


@pytest.mark.parametrize("state", ["submitted", "approved", "withdrawn"])
def test_what_was_handed_in_is_not_changed(database: Database, state: str):
    number = proposal(database, state)

    with (
        database.begin() as session,
        pytest.raises(StateConflict, match=f"proposal {number} is {state} and cannot"),
    ):
        applications.edit(session, number, proposal_form(), "rikke", at())


def test_nobody_else_changes_it(database: Database):
    number = proposal(database, "returned")

    with (
        database.begin() as session,
        pytest.raises(PolicyRefusal, match="karen neither made"),
    ):
        applications.edit(session, number, proposal_form(), "karen", at())
    with database.begin() as session, pytest.raises(NotFoundError):
        applications.edit(session, number, proposal_form(), "anne", at())


def test_who_looked_at_an_older_version_decides_nothing(database: Database):
    number = proposal(database, "internal_review")
    with database.begin() as session:
        seen = applications.get(session, number, "karen").version
        take(session, number, "return", "karen")
        take(session, number, "submit", "rikke")

    with (
        database.begin() as session,
        pytest.raises(StateConflict, match="read it again"),
    ):
        applications.expect_version(session, number, seen)
    with database.begin() as session:
        applications.expect_version(session, number, seen + 2)


def test_the_history_tells_every_step(database: Database):
    number = proposal(database, "returned")

    with database.begin() as session:
        found = applications.get(session, number, "rikke")
        steps = applications.history(session, found)
        assert [
            (one.actor, one.action, one.from_state, one.to_state) for one in steps
        ] == [
            ("rikke", "submit", "draft", "submitted"),
            ("karen", "return", "submitted", "returned"),
        ]
        assert steps[1].reason == "Because the aims are unclear."
        assert {one.form_digest for one in steps} == {found.form_digest}


def test_every_change_has_its_audit_event(database: Database):
    number = proposal(database, "returned")

    with database.begin() as session:
        *_, made, submitted, returned = log.entries(session)
        assert made["action"] == "proposal.create"
        assert submitted["action"] == "proposal.submit"
        assert returned["subject"] == f"application:{number}"
        assert returned["details"] == {
            "from": "submitted",
            "to": "returned",
            "reason": "Because the aims are unclear.",
            "form_digest": digest(proposal_form()),
            "version": 3,
        }
        log.verify(session)


@pytest.mark.parametrize(
    ("state", "action"), [("submitted", "start_review"), ("internal_review", "approve")]
)
def test_without_its_audit_event_a_step_does_not_happen(
    database: Database, state: str, action: str
):
    number = proposal(database, state)
    with database.begin() as session:
        session.execute(
            text(
                "CREATE TRIGGER full_disk BEFORE INSERT ON audit_entry"
                " BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
        )

    with pytest.raises(DBAPIError, match="disk full"), database.begin() as session:
        take(session, number, action, "karen")

    with database.begin() as session:
        found = applications.get(session, number, "rikke")
        assert found.state == state
        assert {one.action for one in applications.history(session, found)}.isdisjoint(
            {action}
        )
        assert session.scalars(select(Project)).all() == []
