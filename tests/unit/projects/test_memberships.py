"""Who may work in a workspace, and the reason for each no."""

from datetime import timedelta

import pytest

from enclave.errors import NotFoundError
from enclave.projects import demo_forms, memberships
from enclave.projects.admission import may_open_workspace
from enclave.store.database import Database
from enclave.store.project_tables import Membership
from tests.builders.projects import TODAY, at, cast, later, person, project


@pytest.fixture(autouse=True)
def running(database: Database) -> None:
    cast(database)
    project(database)


def reason(database: Database, account: str = "rikke", clock=None) -> str:
    with database.begin() as session:
        decision = may_open_workspace(session, account, "demo", clock or at())
    assert not decision.allowed
    return decision.reason


def test_a_member_may_work(database: Database):
    with database.begin() as session:
        decision = may_open_workspace(session, "rikke", "demo", at())

    assert decision.allowed
    assert decision.reason == ""


@pytest.mark.parametrize("account", ["anne", "mads", "karen", "ole"])
def test_nobody_else_may_not_even_those_who_decide(database: Database, account: str):
    assert reason(database, account).startswith(f"{account} is not a member of project")


@pytest.mark.parametrize("account", ["nobody", ""])
def test_an_account_that_does_not_exist(database: Database, account: str):
    with database.begin() as session, pytest.raises(NotFoundError):
        may_open_workspace(session, account, "demo", at())


@pytest.mark.parametrize("slug", ["", "../demo", "DEMO", "demo2"])
def test_a_project_that_does_not_exist(database: Database, slug: str):
    with database.begin() as session, pytest.raises(NotFoundError):
        may_open_workspace(session, "rikke", slug, at())


@pytest.mark.parametrize("what", ["user agreement", "yearly training"])
@pytest.mark.parametrize(("until", "good"), [(0, True), (-1, False), (None, False)])
def test_agreement_and_training_must_hold(
    database: Database, what: str, until: int | None, *, good: bool
):
    field = {"user agreement": "agreement_until", "yearly training": "training_until"}
    day = None if until is None else TODAY + timedelta(days=until)
    with database.begin() as session:
        person(session, "rikke", **{field[what]: day})
        decision = may_open_workspace(session, "rikke", "demo", at())

    assert decision.allowed is good
    assert good or what in decision.reason


@pytest.mark.parametrize(("left", "good"), [(0, True), (-1, False)])
def test_a_membership_ends_with_its_last_day(
    database: Database, left: int, *, good: bool
):
    with database.begin() as session:
        session.get_one(Membership, (1, "rikke")).until = TODAY + timedelta(days=left)
        assert may_open_workspace(session, "rikke", "demo", at()).allowed is good
        projects = memberships.projects_of(session, "rikke", at())
        assert [one.slug for one in projects] == ["demo"] * good


def test_a_suspended_project_is_closed_without_anybody_suspending_it(
    database: Database,
):
    approvals = demo_forms.approvals(TODAY)
    approvals[1]["expires"] = TODAY.isoformat()
    project(database, short_name="brief", approvals=approvals)

    with database.begin() as session:
        assert may_open_workspace(session, "rikke", "brief", at()).allowed
        decision = may_open_workspace(session, "rikke", "brief", later(days=1))

    assert not decision.allowed
    assert "Project brief is suspended: approval regionsraad" in decision.reason


def test_a_project_closes_after_its_end_date(database: Database):
    assert "is closing: the project ended" in reason(database, clock=later(days=731))


def test_projects_of_a_person_are_the_newest_first(database: Database):
    project(database, short_name="second")

    with database.begin() as session:
        found = memberships.projects_of(session, "rikke", at())
        assert [one.slug for one in found] == ["second", "demo"]
        assert memberships.projects_of(session, "anne", at()) == []
