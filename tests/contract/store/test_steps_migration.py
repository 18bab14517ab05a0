"""Migration 0021 goes down to a version that knows fewer steps, and up again."""

from sqlalchemy import select, text

from enclave.projects import feasibility_use
from enclave.store import schema
from enclave.store.database import Database
from enclave.store.project_tables import Application, ApplicationStep
from tests.builders.projects import (
    cast,
    feasibility,
    later,
    project,
    proposal,
    request,
)


BEFORE = "0020"
UNKNOWN = {"use", "expire", "extract", "used_in", "expired", "qa"}


def words(database: Database) -> set[str]:
    """Every state and action that the database names."""
    with database.begin() as session:
        named = session.execute(
            text(
                "SELECT state FROM application"
                " UNION SELECT action FROM application_step"
                " UNION SELECT from_state FROM application_step"
                " UNION SELECT to_state FROM application_step"
            )
        )
        return {*named.scalars()}


def history(database: Database, number: int) -> list[tuple[str, str, str, str]]:
    steps = select(ApplicationStep).where(ApplicationStep.application_id == number)
    with database.begin() as session:
        return [
            (one.action, one.from_state, one.to_state, one.reason)
            for one in session.scalars(steps.order_by(ApplicationStep.number))
        ]


def test_the_version_before_finds_only_steps_that_it_knows(store: Database):
    cast(store)
    project(store)
    opened, looked_at = request(store, "active"), request(store, "qa")
    feasibility(store, "expired")
    used = feasibility(store, "answered")
    proposal(store, "submitted", short_name="second", feasibility_request=used)
    assert words(store) >= UNKNOWN

    schema.downgrade(store, BEFORE)

    assert not words(store) & UNKNOWN
    ways = [one[:3] for one in history(store, opened)]
    assert ways[-1] == ("activate", "spec_agreed", "active")
    with store.begin() as session:
        assert session.get_one(Application, looked_at).state == "spec_agreed"


def test_an_answer_that_was_used_is_used_after_going_up_again(store: Database):
    cast(store)
    used, unused = feasibility(store, "answered"), feasibility(store, "answered")
    number = proposal(store, "submitted", feasibility_request=used)
    proposal(store, "draft", feasibility_request=unused)
    before = history(store, used)

    schema.downgrade(store, BEFORE)
    schema.upgrade(store)

    assert history(store, used) == before
    assert before[-1] == ("use", "answered", "used_in", f"#{number}")
    with store.begin() as session:
        assert feasibility_use.expire(session, later(days=900)) == 1
        assert session.get_one(Application, used).state == "used_in"
        assert session.get_one(Application, unused).state == "expired"
