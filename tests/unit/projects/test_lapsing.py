"""What a project asked for and did not get ends when the project does."""

import pytest
from sqlalchemy import select

from enclave.audit import log
from enclave.errors import EnclaveError
from enclave.projects import applications
from enclave.projects.machine import Kind, State
from enclave.projects.people import Role
from enclave.store.notice_tables import Notice
from enclave.store.project_tables import Application, ApplicationStep
from tests.builders import project_forms
from tests.builders.projects import at, cast, person, project, request, take


OPEN = ("submitted", "approvals_check", "spec_agreed")


@pytest.fixture
def staffed(database):
    cast(database)
    project(database)
    return database


def close(database) -> int:
    with database.begin() as session:
        person(session, "kim", Role.CORE)
        number = project_forms.draft(session, Kind.CLOSE_OUT)
        for way in project_forms.path(Kind.CLOSE_OUT, State.CLOSED):
            project_forms.prepare(session, number, way)
            project_forms.step(session, number, way)
        assert session.get_one(Application, number).state == "closed"
        return number


def test_open_requests_for_data_end_with_the_project(staffed):
    found = {state: request(staffed, state) for state in OPEN}
    found["returned"] = returned(staffed)
    draft = request(staffed)

    ending = close(staffed)

    with staffed.begin() as session:
        for state, number in found.items():
            ended = session.get_one(Application, number)
            last = session.scalars(
                select(ApplicationStep)
                .where(ApplicationStep.application_id == number)
                .order_by(ApplicationStep.number.desc())
            ).first()
            assert (ended.state, last.action) == ("closed", "lapse"), state
            assert (last.actor, last.from_state) == ("system", state)
            assert last.reason == f"#{ending}"
            told = select(Notice.account).where(
                Notice.application_id == number, Notice.state == "closed"
            )
            assert "rikke" in session.scalars(told).all()
        assert session.get_one(Application, draft).state == "draft"
        log.verify(session)


def returned(database) -> int:
    number = request(database, "submitted")
    with database.begin() as session:
        take(session, number, "return", "mads", "The period is missing: name it.")
    return number


def test_those_of_other_projects_go_on(staffed):
    project(staffed, short_name="other")
    number = request(staffed, "submitted", project="other")

    close(staffed)

    with staffed.begin() as session:
        assert session.get_one(Application, number).state == "submitted"


def test_nobody_lets_a_request_lapse_by_hand(staffed):
    number = request(staffed, "submitted")
    for who in ("rikke", "mads", "karen"):
        with pytest.raises(EnclaveError), staffed.begin() as session:
            applications.act(session, number, "lapse", who, "It is over.", at())
