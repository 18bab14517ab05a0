"""Who may have what delivered, and when; refused is also what is left to a worker."""

import shutil
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import text

from enclave.delivery import grant as grants
from enclave.delivery import records
from enclave.delivery.deliver import carry_out, deliver, enqueue
from enclave.errors import NotFoundError, PolicyRefusal
from enclave.identity.pseudonyms import destroy_key
from enclave.jobs.worker import Worker, silent
from enclave.projects import applications
from tests.builders import installation
from tests.builders.deliveries import events, leave, make
from tests.builders.installation import issued
from tests.builders.projects import NOW, at


def test_a_grant_that_has_ended_delivers_nothing(settings, clinic):
    last_day = NOW.date() + timedelta(days=30)
    grant = issued(settings, clinic, end_date=last_day.isoformat())
    after = at(last_day + timedelta(days=1))

    with pytest.raises(PolicyRefusal, match=f"ended on {last_day}"):
        deliver(settings, clinic, grant.id, clock=after)
    assert not (settings.deliveries / "demo").exists()
    assert deliver(settings, clinic, grant.id, clock=at(last_day)).version == 1


def test_an_expired_approval_delivers_nothing(settings, clinic):
    grant = issued(settings, clinic)
    with clinic.begin() as session:
        session.execute(text("UPDATE approval SET expires = '2026-11-21'"))

    with pytest.raises(PolicyRefusal, match="Project demo is suspended"):
        make(settings, clinic, grant.id)


def test_a_revoked_request_delivers_nothing(settings, clinic):
    grant = issued(settings, clinic)
    with clinic.begin() as session:
        applications.act(session, grant.request, "revoke", "karen", "breach", at())

    with pytest.raises(PolicyRefusal, match="is closed"):
        make(settings, clinic, grant.id)


def test_a_destroyed_key_delivers_nothing(settings, clinic):
    grant = issued(settings, clinic)
    folder = make(settings, clinic, grant.id).folder
    destroy_key(settings, 1, actor="mads", reason="the project is closed")
    shutil.rmtree(folder)

    with pytest.raises(PolicyRefusal, match="was destroyed"):
        make(settings, clinic, grant.id)


@pytest.mark.parametrize("actor", ["rikke", "karen", "ole"])
def test_only_data_managers_deliver(settings, clinic, actor):
    grant = issued(settings, clinic)

    with pytest.raises(PolicyRefusal, match="is no data manager"):
        make(settings, clinic, grant.id, actor=actor)
    with pytest.raises(NotFoundError):
        make(settings, clinic, grant.id, actor="nobody")
    make(settings, clinic, grant.id, actor="mads")
    with clinic.begin() as session:
        (row,) = records.of_project(session, "demo")
        assert row.delivered_by == "mads"


def test_an_unknown_snapshot_is_not_found(settings, clinic):
    with pytest.raises(NotFoundError, match="no snapshot 7"):
        make(settings, clinic, issued(settings, clinic).id, snapshot=7)


def test_a_worker_delivers_what_was_left_to_it(settings, clinic):
    grant = issued(settings, clinic)
    clock = at()
    job, again = (leave(settings, clinic, grant.id, actor="mads") for _ in range(2))
    installation.load(settings, results=8)

    deliver_one = partial(carry_out, settings, clinic, clock=clock)
    handlers = {"delivery": silent(deliver_one)}
    outcome = Worker(clinic, handlers, clock=clock).run_one()

    assert again == job == outcome.job
    assert outcome.state == "done"
    (event,) = events(clinic, "delivery.deliver")
    assert (event["version"], event["snapshot"]) == (1, 1)


def test_what_cannot_be_delivered_is_not_queued(settings, clinic):
    grant = issued(settings, clinic)

    for actor, snapshot, error in (
        ("rikke", None, PolicyRefusal),
        ("mads", 7, NotFoundError),
    ):
        with pytest.raises(error):
            leave(settings, clinic, grant.id, snapshot=snapshot, actor=actor)
    assert Worker(clinic, {"delivery": silent(dict)}, clock=at()).run_one() is None


def test_a_grant_and_the_wish_to_deliver_it_come_together_or_not(settings, clinic):
    request = installation.agreed(settings, clinic)

    with pytest.raises(KeyboardInterrupt), clinic.begin() as session:
        grant = grants.issue(session, settings, request, "mads", at())
        enqueue(session, settings, grant.id, actor="mads", clock=at())
        raise KeyboardInterrupt

    assert Worker(clinic, {"delivery": silent(dict)}, clock=at()).run_one() is None
    with clinic.begin() as session:
        assert grants.listing(session) == []
