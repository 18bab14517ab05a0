"""Whatever lets a person into a workspace: when it goes, the workspace closes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from enclave.clock import today
from enclave.projects import lifecycle, people, stops
from enclave.projects.machine import State
from enclave.store.audit_tables import AuditEntry
from enclave.store.database import Database
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Application, ApprovalRecord, Membership
from tests.builders.hub import PROJECT, wait_for


pytestmark = [pytest.mark.hub, pytest.mark.sandbox]

YESTERDAY = today() - timedelta(days=1)


@pytest.fixture
def records(enclave):
    database = Database(enclave.settings.database_url)
    yield database
    database.dispose()


def _account(session):
    return people.get(session, "rikke")


def _membership(session):
    number = lifecycle.get(session, PROJECT).number
    return session.get_one(Membership, (number, "rikke"))


def _approval(session):
    number = lifecycle.get(session, PROJECT).number
    wanted = select(ApprovalRecord).where(ApprovalRecord.project_number == number)
    return session.scalars(wanted).first()


def _request(session):
    number = lifecycle.get(session, PROJECT).number
    wanted = select(IssuedGrant).where(IssuedGrant.project_number == number)
    grant = session.scalars(wanted).one()
    return session.get_one(Application, grant.application_id)


LOSSES = {
    "membership": (_membership, "until", YESTERDAY, "is not a member of project"),
    "grant": (_request, "state", State.CLOSED, "so nothing is delivered under"),
    "approval": (_approval, "expires", YESTERDAY, "expired on"),
    "agreement": (
        _account,
        "agreement_until",
        YESTERDAY,
        "The user agreement of rikke",
    ),
    "training": (_account, "training_until", YESTERDAY, "The yearly training of rikke"),
}


@pytest.mark.parametrize("lost", LOSSES)
def test_what_is_lost_closes_the_workspace_and_keeps_it_closed(
    rikke, workspace, enclave, records, lost
):
    find, field, value, reason = LOSSES[lost]
    assert workspace.get("api/status").status_code == 200
    with records.begin() as session:
        row = find(session)
        before = getattr(row, field)
        setattr(row, field, value)
    try:
        wait_for(lambda: reason in _last_closing(records), seconds=60)
        wait_for(lambda: not rikke.server(), seconds=60)
        page = rikke.http.get(f"/hub/spawn/rikke/{PROJECT}")
        assert page.status_code in {400, 403, 404}
        assert reason in page.text or "you are not a member of the project" in page.text
    finally:
        with records.begin() as session:
            setattr(find(session), field, before)
        rikke.sign_in(enclave.password)
    # Who was no member was told of no workspace, also of one still being closed.
    wait_for(lambda: not rikke.server(), seconds=60)
    assert rikke.open().get("api/status").status_code == 200


@pytest.mark.parametrize("everything", [False, True])
@pytest.mark.usefixtures("workspace")
def test_the_stop_button_closes_workspaces_until_it_is_lifted(
    rikke, records, everything
):
    with records.begin() as session:
        one = None if everything else lifecycle.get(session, PROJECT)
        stops.stop(session, one, "An incident is looked into.", "karen")
    try:
        wait_for(lambda: not rikke.server(), seconds=60)
        page = rikke.http.get(f"/hub/spawn/rikke/{PROJECT}")
        assert "An incident is looked into" in page.text
    finally:
        with records.begin() as session:
            one = None if everything else lifecycle.get(session, PROJECT)
            stops.lift(session, one, "karen")
    # It may be opened again, and the person still wants to know what happened.
    for path in ("/hub/home", f"/hub/user/rikke/{PROJECT}/lab"):
        page = rikke.http.get(path).text
        assert "Closed by the enclave" in page
        assert "An incident is looked into." in page
    assert rikke.open().get("api/status").status_code == 200
    assert "Closed by the enclave" not in rikke.http.get("/hub/home").text


def _last_closing(records):
    with records.begin() as session:
        last = session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "workspace.close")
            .order_by(AuditEntry.number.desc())
        ).first()
        return last.details if last else ""
