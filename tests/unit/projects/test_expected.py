"""When a decision is expected: by the rule at first, then from what happened here."""

from datetime import date, timedelta

import pytest

from enclave.projects import expected
from enclave.projects.expected import ENOUGH, Expectation
from enclave.store.database import Database
from enclave.store.project_tables import Application, ApplicationStep
from tests.builders.projects import TODAY, cast, later, project, proposal, take


@pytest.fixture(autouse=True)
def everybody(database: Database) -> None:
    cast(database)


def told(database: Database, number: int, today: date = TODAY) -> Expectation:
    with database.begin() as session:
        found = session.get_one(Application, number)
        return expected.expectation(session, found, today)


def decided(database: Database, *days: int) -> None:
    """Decide on proposals, each so many days after it was handed in today."""
    for one in days:
        number = proposal(database, "internal_review")
        with database.begin() as session:
            take(session, number, "reject", "karen", clock=later(days=one))


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def test_the_rule_counts_all_that_is_still_to_be_done(database: Database):
    assert told(database, proposal(database)) == Expectation(None, None)
    simple = proposal(database, "submitted")
    assert told(database, simple) == Expectation(in_days(5), in_days(5 + 21))
    # Committees decide on biobank material and funding, which takes longer.
    funded = proposal(database, "submitted", dnrf_funding=True)
    assert told(database, funded).decision == in_days(5 + 21 + 42 + 21)
    returned = proposal(database, "returned")
    assert told(database, returned) == Expectation(in_days(60), None)


def test_after_enough_decisions_it_is_what_is_usual_here(database: Database):
    waiting = proposal(database, "submitted")
    decided(database, *[10] * (ENOUGH - 1))
    assert told(database, waiting).cases == 0

    decided(database, 40)

    assert told(database, waiting) == Expectation(in_days(5), in_days(10), ENOUGH)


def test_what_took_longer_than_usual_is_compared_with_what_took_as_long(
    database: Database,
):
    waiting = proposal(database, "submitted")
    decided(database, 5, 6, 7, 30, 40)

    assert told(database, waiting).decision == in_days(7)
    late = told(database, waiting, in_days(10))
    assert late == Expectation(in_days(5), in_days(35), 2)
    assert told(database, waiting, in_days(50)).decision is None


def test_what_was_decided_is_expected_no_more_and_counts_once(database: Database):
    project(database)
    conditional = proposal(database, "conditions_met")
    assert told(database, conditional).decision is None
    with database.begin() as session:
        take(session, conditional, "approve", "karen", clock=later(days=90))

        # The first decision counts; what was closed a year later was not decided then.
        took = expected.durations(session, "proposal")
        assert sorted(took) == [0.0, 0.0]
        steps = session.query(ApplicationStep).count()
        assert steps > len(took)
