"""Nobody decides on their own project, whatever roles they hold."""

import pytest

from enclave.errors import NotFoundError, PolicyRefusal
from enclave.projects import kinds, machine, ownership, people
from enclave.projects.machine import Guard
from enclave.projects.people import Role
from enclave.store.database import Database
from enclave.store.project_tables import Application, Membership
from tests.builders.projects import (
    TODAY,
    cast,
    person,
    project,
    proposal,
    proposal_form,
    request,
    take,
)


DECISIONS = [
    (one.kind, one.action, one.sources[0])
    for one in machine.TRANSITIONS
    if not one.by_applicant and not one.by_itself
]


def group_with(name: str, role: str) -> list[dict]:
    leader, *_ = proposal_form()["group"]
    other = {**leader, "email": f"{name}@demo.example", "role": role}
    return [leader, other]


@pytest.fixture
def everything(database: Database) -> Database:
    """A database in which ``boss`` holds every role there is."""
    cast(database)
    with database.begin() as session:
        person(session, "boss", *Role)
    return database


def test_every_decision_is_guarded():
    for one in machine.TRANSITIONS:
        if one.by_itself:
            continue
        own = one.by_applicant
        assert own != (Guard.NOT_OWN in one.guards), one
        assert not own or {*one.roles} == kinds.of(one.kind).by, one


@pytest.mark.parametrize("role", ["leader", "member"])
@pytest.mark.parametrize(
    ("action", "state"),
    [(action, state) for kind, action, state in DECISIONS if kind == "proposal"],
)
def test_who_is_named_in_the_group_does_not_decide(
    everything: Database, action: str, state: str, role: str
):
    number = proposal(everything, state, group=group_with("BOSS", role))

    with (
        pytest.raises(PolicyRefusal, match="Nobody decides on their own project"),
        everything.begin() as session,
    ):
        take(session, number, action, "boss")


def test_who_made_the_proposal_does_not_decide_though_not_in_the_group(
    everything: Database,
):
    number = proposal(everything, "draft", actor="boss")
    with everything.begin() as session:
        take(session, number, "submit", "boss")

    with (
        pytest.raises(PolicyRefusal, match="own project"),
        everything.begin() as session,
    ):
        take(session, number, "start_review", "boss")


@pytest.mark.parametrize("until", [None, TODAY])
@pytest.mark.parametrize(
    ("action", "state"),
    [(action, state) for kind, action, state in DECISIONS if kind == "data_request"],
)
def test_a_member_does_not_decide_on_data_requests_even_after_leaving(
    everything: Database, action: str, state: str, until
):
    project(everything, group=group_with("boss", "member"))
    number = request(everything, state)
    with everything.begin() as session:
        session.get_one(Membership, (1, "boss")).until = until

    with (
        pytest.raises(PolicyRefusal, match="own project"),
        everything.begin() as session,
    ):
        take(session, number, action, "boss")


def test_with_all_roles_and_no_part_in_it_one_may_decide(everything: Database):
    number = proposal(everything, "submitted")

    with everything.begin() as session:
        assert take(session, number, "start_review", "boss").state == "internal_review"


def test_a_member_sees_a_proposal_and_may_not_hand_it_in(everything: Database):
    number = proposal(everything, group=group_with("anne", "member"))

    with (
        pytest.raises(PolicyRefusal, match="neither made proposal 1 nor leads"),
        everything.begin() as session,
    ):
        take(session, number, "submit", "anne")


def test_a_second_leader_may_hand_it_in(everything: Database):
    number = proposal(everything, group=group_with("anne", "leader"))

    with everything.begin() as session:
        assert take(session, number, "submit", "anne").state == "submitted"


def test_a_stranger_does_not_learn_that_it_exists(everything: Database):
    number = proposal(everything, "submitted")

    with everything.begin() as session:
        with pytest.raises(NotFoundError) as hidden:
            take(session, number, "withdraw", "anne")
        with pytest.raises(NotFoundError) as absent:
            take(session, 77, "withdraw", "anne")

    assert str(hidden.value) == str(absent.value).replace("77", str(number))


@pytest.mark.parametrize(
    ("state", "account", "sees"),
    [
        ("draft", "rikke", True),
        ("draft", "karen", False),
        ("draft", "mads", False),
        ("submitted", "karen", True),
        ("submitted", "mads", True),
        ("submitted", "ada", True),
        ("submitted", "ole", False),
        ("submitted", "anne", False),
    ],
)
def test_who_may_read(everything: Database, state: str, account: str, *, sees: bool):
    number = proposal(everything, state)

    with everything.begin() as session:
        found = session.get_one(Application, number)
        assert ownership.may_see(session, found, people.get(session, account)) is sees
