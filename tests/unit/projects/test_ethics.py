"""A project with biological material or genomes gets nothing before VEK said yes."""

from datetime import timedelta
from typing import Any

import pytest

from enclave.errors import EnclaveError
from enclave.projects import demo_forms
from enclave.projects.machine import Kind
from enclave.store.database import Database
from tests.builders import project_forms
from tests.builders.project_forms import VEK
from tests.builders.projects import (
    TODAY,
    cast,
    later,
    project,
    proposal_form,
    request,
    take,
)


APPROVALS = [one for one in demo_forms.approvals(TODAY) if one["authority"] != "vek"]
PENDING = [*APPROVALS, {"authority": "vek", "status": "pending"}]
GENOMES = {"data_types": ["tables", "genomes"]}
ASKED: list[dict[str, Any]] = [
    {"other_biobank_material": True},
    {"enclave_use": proposal_form()["enclave_use"] | GENOMES},
]


def awaiting(database: Database, asked: dict[str, Any]) -> None:
    """Have a project approved whose ethics committee has not decided."""
    cast(database)
    named = {one["authority"] for one in PENDING}
    rest = [
        one
        for one in proposal_form()["approvals"]
        if one["authority"] not in named and one.get("status") == "not_applicable"
    ]
    project(database, approvals=[*PENDING, *rest], **asked)


def own_data(database: Database, **changes: Any) -> None:
    with database.begin() as session:
        number = project_forms.draft(session, Kind.OWN_DATA, **changes)
        take(session, number, "submit", "rikke")


@pytest.mark.parametrize("asked", ASKED)
def test_data_wait_for_the_ethics_committee(database: Database, asked: dict[str, Any]):
    awaiting(database, asked)

    with pytest.raises(EnclaveError, match="Komitéloven"):
        request(database, "submitted", approvals=APPROVALS)
    request(database, "active", approvals=[*APPROVALS, VEK])


def test_a_project_without_either_needs_no_ethics_committee(database: Database):
    awaiting(database, {})

    request(database, "active", approvals=APPROVALS)
    own_data(database)


def test_no_step_towards_data_when_the_ethics_committee_s_yes_is_over(
    database: Database,
):
    awaiting(database, ASKED[0])
    last = (TODAY + timedelta(days=5)).isoformat()
    approvals = [*APPROVALS, {**VEK, "expires": last}]
    for state, action in (("spec_agreed", "extract"), ("qa", "activate")):
        number = request(database, state, approvals=approvals)
        with (
            database.begin() as session,
            pytest.raises(EnclaveError, match="Komitéloven"),
        ):
            take(session, number, action, "mads", clock=later(days=6))


@pytest.mark.parametrize("asked", ASKED)
def test_own_data_wait_for_it_too(database: Database, asked: dict[str, Any]):
    awaiting(database, asked)

    with pytest.raises(EnclaveError, match="Komitéloven"):
        own_data(database, approvals=[{**VEK, "status": "pending"}])
    own_data(database, approvals=[VEK])


def test_an_approval_on_the_register_is_not_asked_for_again(database: Database):
    awaiting(database, ASKED[0])
    request(database, "active", approvals=[*APPROVALS, VEK])

    own_data(database)
