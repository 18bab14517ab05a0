"""Who may work in a workspace, as far as the project's grants have a say in it."""

import pytest
from sqlalchemy import update

from enclave.delivery.deliver import deliver
from enclave.delivery.workspace_right import may_work, newest_open, open_grants
from enclave.errors import NotFoundError
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Application, Membership
from tests.builders.installation import issued
from tests.builders.projects import TODAY, at, later


def _decision(database, settings, person="rikke", clock=None):
    with database.begin() as session:
        return may_work(session, settings, person, "demo", clock or at())


def _take_in(database, person):
    with database.begin() as session:
        session.add(
            Membership(project_number=1, account=person, role="member", since=TODAY)
        )


def test_a_project_without_a_grant_may_be_worked_in(settings, clinic):
    assert _decision(clinic, settings).allowed


def test_whom_the_grant_names_may_work(settings, clinic):
    issued(settings, clinic)
    assert _decision(clinic, settings).allowed


def test_a_member_whom_it_does_not_name_may_not(settings, clinic):
    issued(settings, clinic)
    _take_in(clinic, "anne")
    decision = _decision(clinic, settings, "anne")
    assert not decision.allowed
    assert "does not name anne" in decision.reason


def test_who_is_no_member_hears_of_that_first(settings, clinic):
    issued(settings, clinic)
    assert "is not a member" in _decision(clinic, settings, "anne").reason


@pytest.mark.parametrize("state", ["closed", "withdrawn"])
def test_a_grant_whose_request_was_ended_lets_nobody_in(settings, clinic, state):
    grant = issued(settings, clinic)
    with clinic.begin() as session:
        session.get_one(Application, grant.request).state = state
    decision = _decision(clinic, settings)
    assert not decision.allowed
    assert f"Data request {grant.request} is {state}" in decision.reason


def test_after_its_last_day_nobody_is_let_in(settings, clinic):
    grant = issued(settings, clinic)
    days = (grant.end - TODAY).days
    beyond = _decision(clinic, settings, clock=later(days=days + 1))
    assert not beyond.allowed


def test_a_grant_that_was_changed_lets_nobody_in(settings, clinic):
    issued(settings, clinic)
    with clinic.begin() as session:
        document = session.query(IssuedGrant).one().document
        forged = document.replace('"rikke"', '"anne"')
        session.execute(update(IssuedGrant).values(document=forged))
    assert forged != document
    _take_in(clinic, "anne")
    assert not _decision(clinic, settings, "anne").allowed
    assert not _decision(clinic, settings).allowed


def test_one_grant_in_force_is_enough(settings, clinic):
    first = issued(settings, clinic)
    issued(settings, clinic)
    with clinic.begin() as session:
        session.get_one(Application, first.request).state = "closed"
    assert _decision(clinic, settings).allowed


def _open(database, settings, person):
    with database.begin() as session:
        return open_grants(session, settings, person, "demo", at())


def test_a_grant_opens_its_own_deliveries_and_no_others(settings, clinic):
    _take_in(clinic, "anne")
    hers = issued(settings, clinic, members=("rikke", "anne"))
    not_hers = issued(settings, clinic)
    assert _open(clinic, settings, "rikke") == (not_hers.id, hers.id)
    assert _open(clinic, settings, "anne") == (hers.id,)


def test_an_ended_grant_opens_nothing_beside_one_in_force(settings, clinic):
    ended, other = issued(settings, clinic), issued(settings, clinic)
    with clinic.begin() as session:
        session.get_one(Application, ended.request).state = "closed"
    assert _open(clinic, settings, "rikke") == (other.id,)


def test_the_newest_version_is_that_of_the_persons_own_grants(settings, clinic):
    _take_in(clinic, "anne")
    hers = issued(settings, clinic, members=("rikke", "anne"))
    deliver(settings, clinic, hers.id, clock=at())
    not_hers = issued(settings, clinic)
    deliver(settings, clinic, not_hers.id, clock=at())
    with clinic.begin() as session:
        newest = {
            person: newest_open(session, settings, person, "demo", at()).version
            for person in ("rikke", "anne")
        }
    assert newest == {"rikke": 2, "anne": 1}


def test_without_a_delivery_of_their_own_there_is_nothing_to_use(settings, clinic):
    _take_in(clinic, "anne")
    deliver(settings, clinic, issued(settings, clinic).id, clock=at())
    with clinic.begin() as session, pytest.raises(NotFoundError, match="anne may use"):
        newest_open(session, settings, "anne", "demo", at())
