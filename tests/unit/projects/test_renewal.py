"""CORE registers what a running project obtained."""

from datetime import timedelta

import pytest

from enclave.audit import log
from enclave.errors import NotFoundError, PolicyRefusal
from enclave.projects import demo_forms, lifecycle, register
from enclave.projects.forms import FormError
from enclave.projects.renewal import register_approval
from enclave.store.database import Database
from tests.builders.projects import (
    TODAY,
    at,
    cast,
    later,
    person,
    project,
    proposal_form,
)


@pytest.fixture(autouse=True)
def running(database: Database) -> None:
    """Project ``demo``, whose regional approval ends today."""
    cast(database)
    approvals = demo_forms.approvals(TODAY)
    approvals[1]["expires"] = TODAY.isoformat()
    karl = {"name": "Karl", "email": "karl@demo.example", "institution": "RH"}
    with database.begin() as session:
        person(session, "karl", "core")
    project(database, approvals=approvals, group=[*proposal_form()["group"], karl])


def renewal(**changes) -> dict:
    approval = demo_forms.approvals(TODAY)[1]
    return {**approval, "journal_number": "R-26099999", **changes}


def test_a_renewal_keeps_the_project_going(database: Database):
    tomorrow = later(days=1)
    with database.begin() as session:
        lifecycle.suspend_expired(session, tomorrow)
        assert lifecycle.get(session, "demo").state == "suspended"
        register_approval(session, "demo", renewal(), "karen", tomorrow)

    with database.begin() as session:
        found = lifecycle.get(session, "demo")
        assert found.state == "active"
        numbers = [one.journal_number for one in register.approvals_of(session, found)]
        assert "R-26099999" in numbers
        told = [one["action"] for one in log.latest(session, 2)]
        assert told == ["project.state", "approval.register"]


def test_the_same_approval_is_registered_once(database: Database):
    with database.begin() as session:
        for _ in range(2):
            register_approval(session, "demo", renewal(), "karen", at())
        register_approval(session, "demo", renewal(document="new.pdf"), "karen", at())

    with database.begin() as session:
        found = register.approvals_of(session, lifecycle.get(session, "demo"))
        (one,) = [a for a in found if a.journal_number == "R-26099999"]
        assert one.document == "new.pdf"
        events = log.latest(session, 9, subject="project:demo", actor="karen")
        # Two with the project itself, then the new one, then its change.
        assert [e["action"] for e in events].count("approval.register") == 4


@pytest.mark.parametrize("actor", ["rikke", "mads", "ole"])
def test_only_core_registers(database: Database, actor: str):
    with (
        database.begin() as session,
        pytest.raises(PolicyRefusal, match="takes the role core"),
    ):
        register_approval(session, "demo", renewal(), actor, at())


def test_a_member_does_not_register_for_their_own_project(database: Database):
    with (
        database.begin() as session,
        pytest.raises(PolicyRefusal, match="own project, and karl takes part"),
    ):
        register_approval(session, "demo", renewal(), "karl", at())


def test_a_project_that_does_not_exist(database: Database):
    with database.begin() as session, pytest.raises(NotFoundError):
        register_approval(session, "nope", renewal(), "karen", at())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"journal_number": ""}, "journal number"),
        ({"authority": "king"}, "authority: must be"),
        ({"status": "pending"}, "only an approval that was obtained"),
        ({"decision_date": str(TODAY + timedelta(days=1))}, "lies in the future"),
        ({"authority": "stps", "decision_date": "2021-01-01"}, "30 June 2020"),
        ({"document": "letter of 010190-1234.pdf"}, "CPR number"),
    ],
)
def test_what_is_no_approval_is_not_registered(
    database: Database, changes: dict, words: str
):
    with database.begin() as session, pytest.raises(FormError, match=words):
        register_approval(session, "demo", renewal(**changes), "karen", at())
