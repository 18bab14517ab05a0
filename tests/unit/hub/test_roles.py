"""What a person may do on the hub follows from the enclave's own records."""

from datetime import timedelta

import pytest

from enclave.projects.people import Role
from enclave.store.project_tables import Membership, Project
from enclave_hub.roles import EVERYBODY, sign_in_model
from tests.builders import projects
from tests.builders.projects import TODAY


@pytest.fixture
def hospital(database):
    projects.cast(database)
    projects.project(database)
    return database


def _scopes(database, name):
    with database.begin() as session:
        model = sign_in_model(session, name)
    return {scope for role in model["roles"] for scope in role["scopes"]}


def test_a_member_may_start_and_enter_the_projects_workspace_alone(hospital):
    servers = {s for s in _scopes(hospital, "rikke") if "!server" in s}
    assert servers == {"servers!server=rikke/demo", "access:servers!server=rikke/demo"}


def test_who_is_in_no_project_may_start_nothing(hospital):
    assert not {s for s in _scopes(hospital, "anne") if "server" in s}


def test_membership_that_ended_gives_nothing(hospital):
    with hospital.begin() as session:
        number = session.query(Project.number).scalar()
        membership = session.get_one(Membership, (number, "rikke"))
        membership.until = TODAY - timedelta(days=36500)
    assert not {s for s in _scopes(hospital, "rikke") if "server" in s}


@pytest.mark.parametrize("name", ["rikke", "anne", "mads", "karen"])
def test_who_plans_or_decides_may_count(hospital, name):
    assert "access:services!service=feasibility" in _scopes(hospital, name)


@pytest.mark.parametrize("role", [Role.CHECKER, Role.AUDITOR])
def test_who_only_checks_may_visit_the_portal_but_not_count(hospital, role):
    scopes = _scopes(hospital, projects.CAST[role])
    assert "access:services!service=portal" in scopes
    assert "access:services!service=feasibility" not in scopes


def test_nobody_may_make_tokens_share_or_administer(hospital):
    for name in (*projects.CAST.values(), "anne"):
        for scope in _scopes(hospital, name):
            assert not scope.startswith(
                ("tokens", "shares", "admin", "self", "inherit")
            )
    assert "self" not in EVERYBODY["scopes"]


def test_a_stranger_is_nobody(hospital):
    with hospital.begin() as session:
        assert sign_in_model(session, "stranger") is None


def test_role_names_are_ones_that_jupyterhub_takes(hospital):
    with hospital.begin() as session:
        names = [role["name"] for role in sign_in_model(session, "rikke")["roles"]]
    assert len(names) == len(set(names)) == 3
    for name in names:
        assert name[0].isalpha()
        assert 3 <= len(name) <= 255
