"""Expired approvals suspend a project, and its end date closes it."""

from datetime import timedelta

import pytest

from enclave.audit import log
from enclave.errors import NotFoundError
from enclave.projects import demo_forms, lifecycle
from enclave.projects.lifecycle import ProjectState
from enclave.store.database import Database
from enclave.store.project_tables import Project
from tests.builders.projects import TODAY, at, cast, later, project, request, take


EXPIRY = TODAY + timedelta(days=30)
END = TODAY + timedelta(days=60)


@pytest.fixture(autouse=True)
def running(database: Database) -> None:
    """Project ``demo``: its approval expires in 30 days, and it ends in 60."""
    cast(database)
    project(database, end_date=END.isoformat(), approvals=approvals(EXPIRY))


def approvals(expires, **changes) -> list[dict]:
    fortegnelse, region = demo_forms.approvals(TODAY)
    return [fortegnelse, {**region, "expires": expires.isoformat(), **changes}]


def standing_on(database: Database, day) -> lifecycle.Standing:
    with database.begin() as session:
        return lifecycle.standing(session, lifecycle.get(session, "demo"), day)


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (TODAY, "active"),
        (EXPIRY, "active"),
        (EXPIRY + timedelta(days=1), "suspended"),
        (END, "suspended"),
        (END + timedelta(days=1), "closing"),
    ],
)
def test_the_state_of_a_day_needs_nobody_to_write_it_down(
    database: Database, day, state: str
):
    assert standing_on(database, day).state == state
    with database.begin() as session:
        assert lifecycle.get(session, "demo").state == "active"


def test_the_reason_says_what_to_do(database: Database):
    expired = standing_on(database, EXPIRY + timedelta(days=1)).reason
    over = standing_on(database, END + timedelta(days=1)).reason

    assert f"regionsraad R-26012345 expired on {EXPIRY}" in expired
    assert "hand its renewal to the CORE group" in expired
    assert f"ended on {END}" in over
    assert "apply for a later end date" in over


def test_suspending_is_written_down_once_with_its_event(database: Database):
    tomorrow = at(EXPIRY + timedelta(days=1))
    with database.begin() as session:
        assert lifecycle.suspend_expired(session, at(EXPIRY)) == []
        (changed,) = lifecycle.suspend_expired(session, tomorrow)
        assert changed.state == ProjectState.SUSPENDED
        assert lifecycle.suspend_expired(session, tomorrow) == []

    with database.begin() as session:
        (event,) = log.latest(session, 1)
        assert (event["actor"], event["action"]) == ("system", "project.state")
        assert event["subject"] == "project:demo"
        assert (event["details"]["from"], event["details"]["to"]) == (
            "active",
            "suspended",
        )


def test_a_project_that_is_over_stays_over(database: Database):
    with database.begin() as session:
        lifecycle.suspend_expired(session, at(END + timedelta(days=1)))

    # Even if somebody sets the clock back.
    assert standing_on(database, TODAY).state == ProjectState.CLOSING


def test_a_registered_renewal_lifts_the_suspension(database: Database):
    late = at(EXPIRY + timedelta(days=2))
    with database.begin() as session:
        lifecycle.suspend_expired(session, late)
    renewed = approvals(END, journal_number="R-26054321")
    number = request(database, approvals=renewed, end_date=END.isoformat())

    with database.begin() as session:
        take(session, number, "submit", "rikke", clock=late)
        assert lifecycle.get(session, "demo").state == "suspended"
        take(session, number, "check_approvals", "karen", clock=late)

    with database.begin() as session:
        assert lifecycle.get(session, "demo").state == "active"
        (event,) = log.latest(session, 1, subject="project:demo")
        assert (event["actor"], event["details"]["to"]) == ("karen", "active")


def test_a_later_approval_of_another_authority_renews_nothing(database: Database):
    other = [{**approvals(END)[1], "authority": "vek"}]
    number = request(
        database, approvals=approvals(EXPIRY) + other, end_date=END.isoformat()
    )
    with database.begin() as session:
        take(session, number, "submit", "rikke")
        take(session, number, "check_approvals", "karen")

    assert standing_on(database, EXPIRY + timedelta(days=1)).state == "suspended"


def test_a_project_of_that_name_does_not_exist(database: Database):
    with database.begin() as session, pytest.raises(NotFoundError, match="'nope'"):
        lifecycle.get(session, "nope")


def test_several_projects_are_seen_to_at_once(database: Database):
    project(database, short_name="second", approvals=approvals(EXPIRY))
    project(database, short_name="third")

    with database.begin() as session:
        changed = lifecycle.suspend_expired(session, later(days=31))
        assert [one.slug for one in changed] == ["demo", "second"]
        assert session.get_one(Project, 3).state == "active"
