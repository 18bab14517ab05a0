"""The stop button: who may press it, what it stops, who lifts it, what is on record."""

import pytest
from sqlalchemy import select

from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import lifecycle, stops
from enclave.projects.admission import may_open_workspace
from enclave.projects.lifecycle import ProjectState
from enclave.store.audit_tables import AuditEntry
from tests.builders.projects import TODAY, at, cast, project


@pytest.fixture
def session(database):
    cast(database)
    project(database)
    with database.begin() as session:
        yield session


def _demo(session):
    return lifecycle.get(session, "demo")


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.parametrize("actor", ["karen", "mads"])
def test_stopped_nobody_works_until_it_is_lifted(session, actor, everything):
    whom = None if everything else _demo(session)
    stops.stop(session, whom, "An incident.", actor, at())
    standing = lifecycle.standing(session, _demo(session), TODAY)
    decision = may_open_workspace(session, "rikke", "demo", at())
    assert standing.state is ProjectState.SUSPENDED
    assert not decision.allowed
    assert "An incident." in decision.reason
    assert actor in decision.reason
    stops.lift(session, whom, "karen", at())
    assert may_open_workspace(session, "rikke", "demo", at()).allowed


def test_the_stop_of_all_and_of_one_are_lifted_apart(session):
    stops.stop(session, None, "All.", "karen", at())
    stops.stop(session, _demo(session), "This one.", "karen", at())
    assert [one.reason for one, _ in stops.in_force(session)] == ["All.", "This one."]
    stops.lift(session, _demo(session), "karen", at())
    assert "All." in may_open_workspace(session, "rikke", "demo", at()).reason
    stops.lift(session, None, "karen", at())
    assert stops.in_force(session) == []


@pytest.mark.parametrize("actor", ["rikke", "ole"])
def test_nobody_else_stops_or_lifts(session, actor):
    with pytest.raises(PolicyRefusal, match="core or data_manager"):
        stops.stop(session, _demo(session), "x", actor, at())
    stops.stop(session, _demo(session), "x", "karen", at())
    with pytest.raises(PolicyRefusal, match="core or data_manager"):
        stops.lift(session, _demo(session), actor, at())


def test_a_stop_has_a_reason(session):
    with pytest.raises(InputError, match="Give the reason"):
        stops.stop(session, None, "  ", "karen", at())


def test_what_is_not_stopped_cannot_be_lifted(session):
    with pytest.raises(NotFoundError, match="Project demo is not stopped"):
        stops.lift(session, _demo(session), "karen", at())
    with pytest.raises(NotFoundError, match="as a whole is not stopped"):
        stops.lift(session, None, "karen", at())


def test_to_stop_twice_is_to_stop_once(session):
    first = stops.stop(session, None, "x", "karen", at())
    assert stops.stop(session, None, "y", "mads", at()) is first
    stops.lift(session, None, "karen", at())
    assert stops.in_force(session) == []


def test_both_are_on_record(session):
    stops.stop(session, _demo(session), "x", "karen", at())
    stops.lift(session, _demo(session), "mads", at())
    wanted = select(AuditEntry).where(
        AuditEntry.action.in_(["project.stop", "project.resume"])
    )
    found = [(one.actor, one.action, one.subject) for one in session.scalars(wanted)]
    assert found == [
        ("karen", "project.stop", "project:demo"),
        ("mads", "project.resume", "project:demo"),
    ]
