"""The transition tables as a whole, and the page that is made from them."""

from pathlib import Path

import pytest

from enclave.errors import InputError
from enclave.projects import guards, kinds, machine, states_page
from enclave.projects.machine import EDITABLE, Guard, Kind, State


PAGE = Path(__file__).parents[3] / "docs" / "reference" / "states.md"


@pytest.mark.parametrize("kind", Kind)
def test_every_state_can_be_reached_from_the_draft(kind: Kind):
    reached = {State.DRAFT}
    for _ in State:
        reached |= {
            one.target for state in reached for one in machine.leaving(kind, state)
        }

    assert reached == {*machine.states(kind)}


@pytest.mark.parametrize("kind", Kind)
def test_what_ends_an_application_ends_it(kind: Kind):
    over = {
        State.REJECTED,
        State.WITHDRAWN,
        State.CLOSED,
        State.APPROVED,
        State.USED_IN,
        State.EXPIRED,
        State.RESULTS_RETURNED,
        State.LOADED,
        State.DESTRUCTION_CONFIRMED,
        State.RELEASED,
        State.REPORTED,
    }
    if kind is Kind.BIOBANK_REQUEST or kind is Kind.RERUN_REQUEST:
        over -= {State.APPROVED}

    ends = {state for state in machine.states(kind) if not machine.leaving(kind, state)}
    assert ends == over & {*machine.states(kind)}


@pytest.mark.parametrize("kind", Kind)
def test_the_ways_of_an_action_leave_different_states(kind: Kind):
    for action in {one.action for one in machine.TRANSITIONS if one.kind == kind}:
        sources = [s for way in machine.ways(kind, action) for s in way.sources]
        assert len(sources) == len({*sources})


@pytest.mark.parametrize("kind", Kind)
def test_there_is_a_time_for_every_state_in_which_something_waits(kind: Kind):
    waiting = {
        state
        for state in machine.states(kind)
        if any(one.waits for one in machine.leaving(kind, state))
    }
    if kind is Kind.BIOBANK_REQUEST:
        # Its form says when the results are due.
        waiting -= {State.RESULTS_DUE}
    assert {*kinds.of(kind).days} == waiting - {State.DRAFT}


@pytest.mark.parametrize("kind", Kind)
def test_only_an_editable_form_is_submitted(kind: Kind):
    handed_in = {s for way in machine.ways(kind, "submit") for s in way.sources}
    # Conditions are met in the form, and handed in by an action of their own.
    editable = EDITABLE - {State.CONDITIONALLY_APPROVED}
    assert handed_in == editable & {*machine.states(kind)}


def test_to_return_and_to_reject_takes_a_reason():
    for one in machine.TRANSITIONS:
        if one.target in {State.RETURNED, State.REJECTED}:
            assert Guard.REASON in one.guards


def test_every_guard_has_its_check_and_is_used():
    assert {*guards._CHECKS, Guard.EVIDENCE} == {*Guard}
    assert {guard for one in machine.TRANSITIONS for guard in one.guards} == {*Guard}


def test_a_kind_that_there_is_not():
    with pytest.raises(InputError, match="no application of kind 'wish'"):
        machine.kind("wish")


def test_the_page_of_states_says_what_the_tables_say():
    # Written anew with: python -m enclave.projects.states_page docs/reference/states.md
    assert PAGE.read_text() == states_page.page()


def test_the_page_names_every_transition():
    rows = states_page.page().splitlines()

    for one in machine.TRANSITIONS:
        asked = f" ({machine.spoken(one.figure)})" if one.figure else ""
        action = f"{machine.spoken(one.action)}{asked}"
        start = f"| {action} | {machine.spoken(one.sources[0])}"
        assert any(
            row.startswith(start) and machine.spoken(one.target) in row for row in rows
        )
