"""Several people decide at once: exactly one does, and the log stays whole."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from enclave.audit import log
from enclave.errors import PolicyRefusal
from enclave.projects import applications, lifecycle
from enclave.projects.machine import TRANSITIONS, Kind, StateConflict, Transition
from enclave.projects.people import Role
from enclave.store.database import Database
from enclave.store.project_tables import (
    Application,
    ApplicationStep,
    Membership,
    Project,
)
from tests.builders import project_forms
from tests.builders.projects import (
    CAST,
    at,
    cast,
    later,
    person,
    project,
    proposal,
    proposal_form,
    request,
    take,
)


@pytest.fixture
def reviewers(store: Database) -> list[str]:
    """Four members of the CORE group."""
    cast(store)
    names = ["karen", "kim", "kaj", "kit"]
    with store.begin() as session:
        for name in names[1:]:
            person(session, name, Role.CORE)
    return names


def at_once(store: Database, deeds: list[Callable]) -> list[object]:
    """Do all deeds at the same moment, each in a transaction of its own."""
    barrier = Barrier(len(deeds))

    def run(deed: Callable) -> object:
        barrier.wait(timeout=30)
        try:
            with store.begin() as session:
                return deed(session)
        except PolicyRefusal as error:
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_of_four_approvers_one_approves(store: Database, reviewers: list[str]):
    number = proposal(store, "internal_review")

    found = at_once(
        store,
        [
            lambda session, who=who: take(session, number, "approve", who).state
            for who in reviewers
        ],
    )

    assert found.count("approved") == 1
    losers = [one for one in found if one != "approved"]
    assert all(isinstance(one, StateConflict) for one in losers)
    assert all("is approved (by k" in str(one) for one in losers)
    with store.begin() as session:
        assert len(session.scalars(select(Project)).all()) == 1
        assert len(session.scalars(select(Membership)).all()) == 1
        steps = select(ApplicationStep).where(ApplicationStep.action == "approve")
        assert len(session.scalars(steps).all()) == 1
        log.verify(session)


def test_of_approval_and_rejection_one_happens(store: Database, reviewers: list[str]):
    number = proposal(store, "internal_review")
    karen, kim, *_ = reviewers

    found = at_once(
        store,
        [
            lambda session: take(session, number, "approve", karen).state,
            lambda session: take(session, number, "reject", kim).state,
        ],
    )

    (done,) = {"approved", "rejected"} & {
        *filter(lambda one: isinstance(one, str), found)
    }
    with store.begin() as session:
        assert session.get_one(Application, number).state == done
        projects = session.scalars(select(Project)).all()
        assert len(projects) == (done == "approved")


def first_decision(kind: Kind) -> Transition:
    """The first thing that somebody decides on a kind, and that waits for them."""
    return next(
        one
        for one in TRANSITIONS
        if one.kind == kind and not one.by_applicant and one.waits
    )


@pytest.mark.parametrize("kind", project_forms.FORMS)
def test_of_two_who_decide_on_any_kind_one_does(store: Database, kind: Kind):
    cast(store)
    way = first_decision(kind)
    slug = kind.value.replace("_", "-")
    number = project_forms.within(store, kind, way.sources[0], slug)
    deciders = (CAST[way.roles[0]], "twin")
    with store.begin() as session:
        person(session, "twin", way.roles[0])

    found = at_once(
        store,
        [
            lambda session, who=who: (
                project_forms.step(session, number, way, who) or "done"
            )
            for who in deciders
        ],
    )

    assert found.count("done") == 1
    (loser,) = [one for one in found if one != "done"]
    assert isinstance(loser, StateConflict)
    with store.begin() as session:
        assert session.get_one(Application, number).state == way.target
        history = applications.history(session, session.get_one(Application, number))
        assert [one.action for one in history].count(way.action) == 1
        log.verify(session)


def test_an_edit_and_a_submission_do_not_mix(store: Database, reviewers: list[str]):
    del reviewers
    number = proposal(store)

    at_once(
        store,
        [
            lambda session: take(session, number, "submit", "rikke").state,
            lambda session: (
                applications.edit(
                    session, number, proposal_form(title="Other"), "rikke", at()
                ).state
            ),
        ],
    )

    with store.begin() as session:
        found = session.get_one(Application, number)
        (step,) = applications.history(session, found)
        # Whichever came first: what was handed in is what stands there.
        assert step.form_digest == found.form_digest
        assert found.state == "submitted"


def test_proposals_of_one_name_approved_at_once_all_become_projects(
    store: Database, reviewers: list[str]
):
    numbers = [proposal(store, "internal_review") for _ in reviewers]

    found = at_once(
        store,
        [
            lambda session, number=number, who=who: (
                take(session, number, "approve", who).state
            )
            for number, who in zip(numbers, reviewers, strict=True)
        ],
    )

    assert found == ["approved"] * 4
    with store.begin() as session:
        slugs = session.scalars(select(Project.slug)).all()
        assert sorted(slugs) == ["demo", "demo-2", "demo-3", "demo-4"]
        log.verify(session)


def test_a_suspension_is_written_down_once(store: Database, reviewers: list[str]):
    del reviewers
    project(store)

    found = at_once(
        store,
        [
            lambda session: len(lifecycle.suspend_expired(session, later(days=800)))
            for _ in range(4)
        ],
    )

    assert sorted(found) == [0, 0, 0, 1]
    with store.begin() as session:
        events = log.latest(session, 100, subject="project:demo")
        assert [one["action"] for one in events].count("project.state") == 1


def test_the_whole_way_to_data(store: Database):
    cast(store)
    project(store)
    number = request(store, "active")

    with store.begin() as session:
        found = applications.get(session, number, "rikke")
        told = [one.action for one in applications.history(session, found)]
        assert told == [
            "submit",
            "check_approvals",
            "agree_specification",
            "extract",
            "activate",
        ]
        assert found.created.tzinfo is not None
        log.verify(session)
