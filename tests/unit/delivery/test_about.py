"""What a project's members see of its grants, its delivery and its deadlines."""

from datetime import timedelta

import pytest

from enclave.delivery.about import about
from enclave.delivery.deliver import deliver
from enclave.errors import NotFoundError
from enclave.projects import lifecycle
from enclave.projects.machine import Kind
from enclave.store.project_tables import Application, Membership
from tests.builders.installation import issued
from tests.builders.projects import TODAY, at, later


@pytest.fixture
def grant(settings, clinic):
    return issued(settings, clinic)


def seen(clinic, settings, grant, day=TODAY, person="rikke"):
    with clinic.begin() as session:
        clock = at() if day == TODAY else later(days=(day - TODAY).days)
        return about(session, settings, grant.project, person, clock)


def test_it_says_what_was_granted_and_until_when(clinic, settings, grant):
    facts = seen(clinic, settings, grant)

    (held,) = facts["grants"]
    assert (facts["project"], held["id"]) == (grant.project, grant.id)
    assert held["until"] == grant.end.isoformat()
    assert held["variables"] == list(grant.variables)
    assert held["text"]["da"].startswith(f"Bevilling {grant.id}")
    assert facts["delivery"] is None
    assert facts["leader"] == "Rikke"


def test_it_names_the_newest_delivery_of_the_persons_own_grants(
    settings, clinic, grant
):
    """Another grant of the project may be for others, and newer."""
    with clinic.begin() as session:
        project = lifecycle.get(session, grant.project)
        session.add(
            Membership(
                project_number=project.number,
                account="anne",
                role="member",
                since=TODAY,
            )
        )
    shared = issued(settings, clinic, members=("rikke", "anne"))
    deliver(settings, clinic, shared.id, clock=at())
    deliver(settings, clinic, grant.id, clock=at())

    hers = seen(clinic, settings, grant, person="anne")
    his = seen(clinic, settings, grant)

    assert (hers["delivery"]["version"], his["delivery"]["version"]) == (1, 2)
    assert [one["id"] for one in hers["grants"]] == [shared.id]
    assert {one["id"] for one in his["grants"]} == {shared.id, grant.id}
    assert not [one for one in hers["deadlines"] if grant.id in one["en"]]


def test_the_next_deadline_comes_first_and_past_ones_are_gone(clinic, settings, grant):
    facts = seen(clinic, settings, grant)
    days = [one["days"] for one in facts["deadlines"]]
    ends = {one["en"]: one for one in facts["deadlines"]}

    assert days == sorted(days)
    assert ends[f"Grant {grant.id} ends"]["days"] == (grant.end - TODAY).days
    assert ends[f"Grant {grant.id} ends"]["da"] == f"Bevilling {grant.id} slutter"
    later = seen(clinic, settings, grant, grant.end + timedelta(days=1))
    assert later["grants"] == []
    assert not [one for one in later["deadlines"] if one["days"] < 0]


def test_it_says_how_far_a_request_to_let_out_is(clinic, settings, grant):
    assert seen(clinic, settings, grant)["requests"] == []
    with clinic.begin() as session:
        number = lifecycle.get(session, grant.project).number
        for state in ("requested", "withdrawn"):
            made = Application(
                kind=Kind.OUTPUT_REQUEST,
                state=state,
                version=1,
                title=f"Table that is {state}",
                form="{}",
                form_digest="",
                created_by="rikke",
                created=at()(),
                changed=at()(),
                project_number=number,
            )
            session.add(made)

    (asked,) = seen(clinic, settings, grant)["requests"]
    assert (asked["title"], asked["state"]) == ("Table that is requested", "requested")


def test_a_project_that_is_not_there_is_not_found(clinic, settings):
    with pytest.raises(NotFoundError), clinic.begin() as session:
        about(session, settings, "nobody", "rikke", at())
