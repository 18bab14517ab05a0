"""What stops a decision that role and state would allow."""

from datetime import timedelta

import pytest

from enclave.errors import EnclaveError, InputError, PolicyRefusal
from enclave.projects import applications, demo_forms
from enclave.projects.forms import FormError
from enclave.store.database import Database
from enclave.store.project_tables import Application
from tests.builders.projects import (
    TODAY,
    cast,
    later,
    project,
    proposal,
    request,
    take,
)


@pytest.fixture(autouse=True)
def people(database: Database) -> None:
    cast(database)


def refusal(database: Database, number: int, *step: str, **more) -> EnclaveError:
    """Try a step that must be refused, and see that it left no trace."""
    with pytest.raises(EnclaveError) as caught, database.begin() as session:
        before = session.get_one(Application, number).state
        take(session, number, *step, **more)
    with database.begin() as session:
        assert session.get_one(Application, number).state == before
    return caught.value


@pytest.mark.parametrize("reason", ["", "  \n "])
@pytest.mark.parametrize("action", ["return", "reject", "approve_conditionally"])
def test_what_the_applicant_must_act_on_needs_a_reason(
    database: Database, action: str, reason: str
):
    number = proposal(database, "internal_review")

    error = refusal(database, number, action, "karen", reason)
    assert isinstance(error, PolicyRefusal)
    assert "needs a reason" in str(error)


def test_an_endless_reason_is_refused(database: Database):
    number = proposal(database, "internal_review")

    assert "longer than 4,000" in str(
        refusal(database, number, "return", "karen", "x" * 4_001)
    )


def test_a_reason_names_no_patient(database: Database):
    number = proposal(database, "internal_review")

    error = refusal(database, number, "return", "karen", "See 010190-1234.")
    assert isinstance(error, InputError)
    assert "CPR" in str(error)
    assert "0101" not in str(error)


def test_an_incomplete_draft_is_not_handed_in(database: Database):
    number = proposal(database, "draft", title=None, aims="none")

    error = refusal(database, number, "submit", "rikke")
    assert isinstance(error, FormError)
    assert {one.field for one in error.problems} == {"title", "aims"}


@pytest.mark.parametrize("wish", ["sac_review", "dnrf_funding"])
@pytest.mark.parametrize("action", ["approve", "approve_conditionally"])
def test_core_alone_does_not_decide_what_the_committees_must(
    database: Database, action: str, wish: str
):
    number = proposal(database, "internal_review", **{wish: True})

    error = refusal(database, number, action, "karen")
    assert "scientific advisory committee" in str(error)


def test_what_changed_since_submission_stops_the_approval(database: Database):
    number = proposal(database, "internal_review")

    error = refusal(database, number, "approve", "karen", clock=later(days=731))
    assert "end_date: has passed" in str(error)


@pytest.mark.parametrize(
    ("state", "action", "actor"),
    [
        ("submitted", "check_approvals", "karen"),
        ("approvals_check", "agree_specification", "mads"),
        ("spec_agreed", "extract", "mads"),
        ("qa", "activate", "mads"),
    ],
)
def test_no_step_towards_data_with_an_expired_approval(
    database: Database, state: str, action: str, actor: str
):
    project(database)
    approvals = demo_forms.approvals(TODAY)
    approvals[1]["expires"] = (TODAY + timedelta(days=30)).isoformat()
    number = request(database, state, approvals=approvals)

    error = refusal(database, number, action, actor, clock=later(days=31))
    assert "regionsraad R-26012345 expired on 2026-12-22" in str(error)


def test_a_project_that_is_over_gets_no_data(database: Database):
    end = (TODAY + timedelta(days=10)).isoformat()
    project(database, end_date=end)
    number = request(database, "spec_agreed")

    error = refusal(database, number, "extract", "mads", clock=later(days=11))
    assert f"Project demo is closing: the project ended on {end}" in str(error)


def test_without_a_catalogue_no_variable_can_be_checked(database: Database):
    project(database)
    number = request(database)

    with (
        pytest.raises(PolicyRefusal, match="no snapshot of the warehouse"),
        database.begin() as session,
    ):
        applications.act(session, number, "submit", "rikke")
