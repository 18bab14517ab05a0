"""Daily deliveries follow the warehouse, each snapshot once, while the grant holds."""

from datetime import date

from click.testing import CliRunner

from enclave.cli.main import enclave
from enclave.delivery import grant as grants
from enclave.delivery import records
from enclave.delivery.deliver import carry_out, deliver
from enclave.delivery.folders import folder_of
from enclave.delivery.following import Follower, enqueue_daily
from enclave.jobs.worker import Worker
from enclave.projects import applications
from enclave.store.delivery_tables import IssuedGrant
from tests.builders import installation
from tests.builders.installation import issued, load
from tests.builders.projects import at


def test_daily_grants_are_queued_once_for_each_snapshot(settings, clinic):
    daily, once = (issued(settings, clinic, refresh=how) for how in ("daily", "once"))

    first = enqueue_daily(settings, clinic, actor="mads", clock=at())
    second = enqueue_daily(settings, clinic, actor="mads", clock=at())

    assert first == second
    assert [grant for grant, _ in first] == [daily.id]
    assert once.id != daily.id


def versions(database):
    with database.begin() as session:
        return [
            (row.version, row.snapshot)
            for row in reversed(records.of_project(session, "demo"))
        ]


def work(settings, database):
    """Do all that waits, as a worker does."""
    handlers = {
        "delivery": lambda payload, _: carry_out(
            settings, database, payload, clock=at()
        )
    }
    worker = Worker(database, handlers, clock=at())
    while worker.run_one():
        pass


def test_a_new_snapshot_is_followed_once(settings, clinic):
    daily = issued(settings, clinic, refresh="daily")
    waiting = issued(settings, clinic, refresh="daily")
    once = issued(settings, clinic)
    for grant in (daily, once):
        deliver(settings, clinic, grant.id, clock=at())
    follower = Follower(settings, clinic, clock=at())
    follower.look()
    load(settings, results=7)

    due = follower.look()
    again = follower.look()
    restarted = Follower(settings, clinic, clock=at()).look()
    work(settings, clinic)

    assert [grant for grant, _ in due] == [daily.id] != [waiting.id]
    assert again == []
    assert restarted == due
    assert versions(clinic) == [(1, 1), (2, 1), (3, 2)]
    assert all(folder_of(settings, "demo", number).is_dir() for number in (1, 2, 3))


def test_a_grant_that_ended_or_was_changed_holds_up_no_other(settings, clinic):
    ended = issued(settings, clinic, refresh="daily", end_date=date(2026, 12, 1))
    forged = issued(settings, clinic, refresh="daily")
    good = issued(settings, clinic, refresh="daily")
    for grant in (ended, forged, good):
        deliver(settings, clinic, grant.id, clock=at())
    with clinic.begin() as session:
        row = session.get_one(IssuedGrant, forged.id)
        row.document = row.document.replace("lab.value", "lab.other")

    said = Follower(settings, clinic, clock=at(date(2026, 12, 2))).look()

    assert dict(said)[good.id].startswith("job ")
    assert "ended on 2026-12-01" in dict(said)[ended.id]
    assert "changed" in dict(said)[forged.id]


def test_a_first_version_is_looked_at_before_another_follows(settings, clinic):
    request = installation.agreed(settings, clinic, refresh="daily")
    with clinic.begin() as session:
        grant = grants.issue(session, settings, request, "mads", at())
    deliver(settings, clinic, grant.id, clock=at())
    load(settings, results=7)
    follower = Follower(settings, clinic, clock=at())

    assert follower.look() == enqueue_daily(settings, clinic, actor="mads") == []
    with clinic.begin() as session:
        applications.act(session, request, "activate", "mads", clock=at())
    due = follower.look()
    work(settings, clinic)

    assert [name for name, _ in due] == [grant.id]
    assert versions(clinic) == [(1, 1), (2, 2)]


def test_nothing_to_follow_in_an_empty_warehouse(settings, database):
    assert Follower(settings, database).look() == []


def test_the_worker_follows_a_load(settings, database):
    installation.set_up_for_long(settings, database)
    grant = issued(settings, database, refresh="daily", end_date=date(2999, 12, 1))
    deliver(settings, database, grant.id)
    load(settings, results=7)

    said = CliRunner().invoke(enclave, ["worker", "--once"], obj=settings)

    assert said.exit_code == 0, said.output
    assert f"Daily delivery of {grant.id}: job " in said.output
    assert versions(database) == [(1, 1), (2, 2)]
