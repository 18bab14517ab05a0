"""Who gets into a workspace, who is put out, and what the audit log tells."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.store.audit_tables import AuditEntry
from enclave.store.project_tables import Application
from enclave_hub.workspace.admission import (
    Project,
    admit,
    reason_to_close,
    record_closing,
)
from tests.builders import projects
from tests.builders.installation import issued, set_up
from tests.builders.projects import at, later


DEMO = Project(1, "demo", "A title")


@pytest.fixture
def hospital(database):
    projects.cast(database)
    projects.project(database)
    return database


@pytest.fixture
def clinic(settings, database):
    """The same, with data that can be granted."""
    set_up(settings, database)
    return database


def _workspace_events(database):
    with database.begin() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [
            (entry.actor, entry.action, entry.subject)
            for entry in entries
            if entry.action.startswith("workspace.")
        ]


def test_a_member_is_let_in_on_record(hospital, settings):
    project = admit(settings, hospital, "rikke", "demo", clock=at())
    assert (project.slug, project.number) == ("demo", 1)
    assert _workspace_events(hospital) == [("rikke", "workspace.open", "project:demo")]


def test_a_stranger_to_the_project_is_refused_with_the_reason_on_record(
    hospital, settings
):
    with pytest.raises(PolicyRefusal, match="anne is not a member of project demo"):
        admit(settings, hospital, "anne", "demo", clock=at())
    assert _workspace_events(hospital) == [("anne", "workspace.refuse", "project:demo")]


def test_the_nameless_server_is_not_a_workspace(hospital, settings):
    with pytest.raises(InputError, match="belongs to a project"):
        admit(settings, hospital, "rikke", "", clock=at())
    assert _workspace_events(hospital) == []


def test_a_project_that_does_not_exist_is_not_found(hospital, settings):
    with pytest.raises(NotFoundError):
        admit(settings, hospital, "rikke", "nothing-like-it", clock=at())


def test_who_may_still_be_there_is_left_alone(hospital, settings):
    assert reason_to_close(settings, hospital, "rikke", DEMO, clock=at()) is None
    assert _workspace_events(hospital) == []


def test_who_may_not_be_there_any_more_is_put_out_on_record(hospital, settings):
    reason = reason_to_close(settings, hospital, "rikke", DEMO, clock=later(days=400))
    assert "training" in reason or "agreement" in reason
    assert _workspace_events(hospital) == []
    record_closing(hospital, "rikke", "demo", reason)
    assert _workspace_events(hospital) == [
        ("system", "workspace.close", "project:demo")
    ]


def test_after_the_projects_last_day_nobody_is_let_in(hospital, settings):
    beyond = at(projects.TODAY + timedelta(days=731))
    with pytest.raises(PolicyRefusal, match="demo"):
        admit(settings, hospital, "rikke", "demo", clock=beyond)


def test_a_workspace_knows_the_grants_whose_data_it_shows(clinic, settings):
    grant = issued(settings, clinic)
    assert admit(settings, clinic, "rikke", "demo", clock=at()).grants == (grant.id,)


def test_who_loses_one_of_two_grants_is_put_out_of_what_shows_both(clinic, settings):
    lost, kept = issued(settings, clinic), issued(settings, clinic)
    project = admit(settings, clinic, "rikke", "demo", clock=at())
    assert reason_to_close(settings, clinic, "rikke", project, clock=at()) is None
    with clinic.begin() as session:
        session.get_one(Application, lost.request).state = "closed"

    reason = reason_to_close(settings, clinic, "rikke", project, clock=at())

    assert lost.id in reason
    assert kept.id not in reason
    again = admit(settings, clinic, "rikke", "demo", clock=at())
    assert reason_to_close(settings, clinic, "rikke", again, clock=at()) is None
