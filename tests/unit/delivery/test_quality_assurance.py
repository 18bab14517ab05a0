"""The first version of a grant is looked at before its members use it."""

import json

import pytest
from sqlalchemy import select

from enclave.delivery import grant as grants
from enclave.delivery.deliver import FIRST_DELIVERY, carry_out, deliver, enqueue
from enclave.delivery.engine import on_this_machine
from enclave.delivery.workspace_right import may_work, open_grants
from enclave.errors import PolicyRefusal
from enclave.projects import applications, evidence
from enclave.store.notice_tables import Notice
from tests.builders import installation
from tests.builders.projects import at, take


@pytest.fixture
def request_in_qa(settings, clinic) -> int:
    request = installation.agreed(settings, clinic)
    with clinic.begin() as session:
        grants.issue(session, settings, request, "mads", at())
    return request


def state(database, request: int) -> str:
    with database.begin() as session:
        return session.get_one(applications.Application, request).state


def is_open(settings, database, slug: str = "demo") -> bool:
    with database.begin() as session:
        return bool(open_grants(session, settings, "rikke", slug, at()))


def activate(database, request: int) -> None:
    with database.begin() as session:
        applications.act(session, request, "activate", "mads", clock=at())


def agree_anew(settings, database, request: int) -> None:
    """Send a request back, and issue its next grant when it is agreed again."""
    catalogue = installation.Warehouse(settings).snapshot().catalogue
    with database.begin() as session:
        why = "The unit of lab.value is mixed before 2010: take a later period."
        take(session, request, "return", "mads", why)
        applications.submit(session, request, "rikke", catalogue, at())
        for action, who in (
            ("check_approvals", "karen"),
            ("agree_specification", "mads"),
        ):
            take(session, request, action, who)
        grants.issue(session, settings, request, "mads", at())


def test_nobody_uses_a_first_version_that_nobody_looked_at(
    settings, clinic, request_in_qa
):
    grant = f"G{request_in_qa}-1"
    with pytest.raises(PolicyRefusal, match="Nothing is on record yet of the first"):
        activate(clinic, request_in_qa)

    deliver(settings, clinic, grant, actor="mads", clock=at())
    assert state(clinic, request_in_qa) == "qa"
    assert not is_open(settings, clinic)
    with clinic.begin() as session:
        refused = may_work(session, settings, "rikke", "demo", at())
    assert "is being looked at" in refused.reason

    activate(clinic, request_in_qa)
    assert state(clinic, request_in_qa) == "active"
    assert is_open(settings, clinic)


def test_asked_again_for_the_version_it_is_on_record_once(
    settings, clinic, request_in_qa
):
    grant = f"G{request_in_qa}-1"
    for _ in range(2):
        deliver(settings, clinic, grant, actor="mads", clock=at())

    activate(clinic, request_in_qa)
    deliver(settings, clinic, grant, actor="mads", clock=at())
    assert state(clinic, request_in_qa) == "active"


def test_what_was_sent_back_is_extracted_under_a_grant_of_its_own(
    settings, clinic, request_in_qa
):
    first, second = (f"G{request_in_qa}-{number}" for number in (1, 2))
    deliver(settings, clinic, first, actor="mads", clock=at())
    agree_anew(settings, clinic, request_in_qa)

    # What speaks for the first version says nothing of the second.
    with pytest.raises(PolicyRefusal, match="Nothing is on record yet"):
        activate(clinic, request_in_qa)
    with pytest.raises(PolicyRefusal, match=f"was replaced by {second}"):
        deliver(settings, clinic, first, actor="mads", clock=at())
    deliver(settings, clinic, second, actor="mads", clock=at())
    activate(clinic, request_in_qa)
    with clinic.begin() as session:
        assert open_grants(session, settings, "rikke", "demo", at()) == (second,)


def test_what_was_replaced_while_it_was_made_speaks_for_no_other(
    settings, clinic, request_in_qa
):
    first, second = (f"G{request_in_qa}-{number}" for number in (1, 2))

    def engine(snapshot, folder):
        agree_anew(settings, clinic, request_in_qa)
        return on_this_machine(snapshot, folder)

    deliver(settings, clinic, first, actor="mads", engine=engine, clock=at())
    with pytest.raises(PolicyRefusal, match="Nothing is on record yet"):
        activate(clinic, request_in_qa)

    made = deliver(settings, clinic, second, actor="mads", clock=at())
    with clinic.begin() as session:
        request = session.get_one(applications.Application, request_in_qa)
        found = evidence.find(session, request, FIRST_DELIVERY)
        document = json.loads(found.document)
    assert (document["grant"], document["version"]) == (second, made.version)
    activate(clinic, request_in_qa)


def test_data_managers_are_told_when_there_is_something_to_look_at(
    settings, clinic, request_in_qa
):
    def told() -> set[tuple[str, str]]:
        with clinic.begin() as session:
            rows = session.scalars(
                select(Notice).where(
                    Notice.application_id == request_in_qa, Notice.state == "qa"
                )
            )
            return {(one.account, one.key) for one in rows if one.key != "moved"}

    assert told() == set()
    deliver(settings, clinic, f"G{request_in_qa}-1", actor="mads", clock=at())
    assert told() == {("mads", "version_made")}


@pytest.fixture
def daily_request_in_qa(settings, clinic) -> int:
    request = installation.agreed(settings, clinic, refresh="daily")
    with clinic.begin() as session:
        grants.issue(session, settings, request, "mads", at())
    return request


def test_no_second_version_is_made_by_hand_before_the_first_was_looked_at(
    settings, clinic, daily_request_in_qa
):
    request, grant = daily_request_in_qa, f"G{daily_request_in_qa}-1"
    first = deliver(settings, clinic, grant, actor="mads", clock=at())
    later = installation.Warehouse(settings).snapshot().number
    installation.load(settings, results=7)
    assert installation.Warehouse(settings).snapshot().number > later

    with pytest.raises(PolicyRefusal, match="is in quality assurance, and a further"):
        deliver(settings, clinic, grant, actor="mads", clock=at())
    with (
        pytest.raises(PolicyRefusal, match="open or return data request"),
        clinic.begin() as session,
    ):
        enqueue(session, settings, grant, actor="mads", clock=at())
    # A job that was waiting since before is refused, too; the first one did not fail.
    newest = installation.Warehouse(settings).snapshot().number
    job = {"grant": grant, "snapshot": newest, "actor": "mads"}
    with pytest.raises(PolicyRefusal, match="is in quality assurance"):
        carry_out(settings, clinic, job, clock=at())
    with clinic.begin() as session:
        told = session.scalars(select(Notice.key).where(Notice.state == "qa"))
        assert "version_failed" not in {*told}
    again = deliver(settings, clinic, grant, snapshot=later, actor="mads", clock=at())
    assert again.version == first.version

    activate(clinic, request)
    second = deliver(settings, clinic, grant, actor="mads", clock=at())
    assert second.version == first.version + 1
