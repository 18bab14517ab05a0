"""Every role in every state tries every action: what happens, cell by cell.

The tables are written by hand, apart from the rules they test. A cell names the roles
that may do the action there; everybody else, and every empty cell, must be refused.
R researcher, D data manager, C CORE, O checker, A auditor.
"""

# ruff: noqa: E501 - the tables are read as tables

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from enclave.errors import EnclaveError, InputError, NotFoundError, PolicyRefusal
from enclave.projects import applications, machine
from enclave.projects.machine import StateConflict
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Application
from enclave.store.schema import upgrade
from tests.builders.projects import (
    CAST,
    FEASIBILITY_PATHS,
    PROPOSAL_PATHS,
    REQUEST_PATHS,
    cast,
    feasibility,
    project,
    proposal,
    request,
    take,
)


LETTERS = dict(zip("RDCOA", CAST, strict=True))

FEASIBILITY = """
state      | submit | take_up | ask_for_information | answer | withdraw
draft      | R      |         |                     |        | R
submitted  |        | D       | D                   |        | R
in_work    |        |         | D                   | D      | R
needs_info | R      |         |                     |        | R
answered   |        |         |                     |        |
withdrawn  |        |         |                     |        |
"""

PROPOSAL = """
state                  | submit | start_review | approve | approve_conditionally | return | reject | withdraw
draft                  | R      |              |         |                       |        |        | R
returned               | R      |              |         |                       |        |        | R
submitted              |        | C            |         |                       | C      | C      | R
internal_review        |        |              | C       | C                     | C      | C      | R
conditionally_approved |        |              | C       |                       | C      | C      | R
approved               |        |              |         |                       |        |        |
rejected               |        |              |         |                       |        |        |
withdrawn              |        |              |         |                       |        |        |
"""

DATA_REQUEST = """
state           | submit | check_approvals | agree_specification | activate | return | reject | withdraw | close | revoke
draft           | R      |                 |                     |          |        |        | R        |       |
returned        | R      |                 |                     |          |        |        | R        |       |
submitted       |        | C               |                     |          | D C    | C      | R        |       |
approvals_check |        |                 | D                   |          | D C    | C      | R        |       |
spec_agreed     |        |                 |                     | D        | D C    | C      | R        |       |
active          |        |                 |                     |          |        |        |          | R     | D C
rejected        |        |                 |                     |          |        |        |          |       |
withdrawn       |        |                 |                     |          |        |        |          |       |
closed          |        |                 |                     |          |        |        |          |       |
"""

LEADS_TO = {
    "submit": "submitted",
    "start_review": "internal_review",
    "approve": "approved",
    "approve_conditionally": "conditionally_approved",
    "return": "returned",
    "reject": "rejected",
    "withdraw": "withdrawn",
    "check_approvals": "approvals_check",
    "agree_specification": "spec_agreed",
    "activate": "active",
    "close": "closed",
    "take_up": "in_work",
    "ask_for_information": "needs_info",
    "answer": "answered",
    "revoke": "closed",
}


def cells(kind: str, table: str) -> Iterator[tuple[str, str, str, str, bool]]:
    head, *lines = [
        [cell.strip() for cell in line.split("|")]
        for line in table.strip().splitlines()
    ]
    for state, *allowed in lines:
        for action, letters in zip(head[1:], allowed, strict=True):
            may = {LETTERS[letter] for letter in letters.split()}
            for role in CAST:
                yield kind, state, action, role, role in may


TABLES = {
    "feasibility_request": FEASIBILITY,
    "proposal": PROPOSAL,
    "data_request": DATA_REQUEST,
}
CELLS = [cell for kind, table in TABLES.items() for cell in cells(kind, table)]


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict]:
    """An application of each kind in each state, and their database."""
    settings = Settings.at(tmp_path_factory.mktemp("matrix"))
    database = Database(settings.database_url)
    upgrade(database)
    cast(database)
    project(database)
    yield {
        "database": database,
        **{
            ("feasibility_request", state): feasibility(database, state)
            for state in FEASIBILITY_PATHS
        },
        **{("proposal", state): proposal(database, state) for state in PROPOSAL_PATHS},
        **{
            ("data_request", state): request(database, state) for state in REQUEST_PATHS
        },
    }
    database.dispose()


class UndoError(Exception):
    """Ends a transaction without its changes, so that each cell starts alike."""


def attempt(session: Session, number: int, action: str, actor: str) -> str | Exception:
    try:
        return take(session, number, action, actor).state
    except EnclaveError as error:
        return error


@pytest.mark.parametrize(
    ("kind", "state", "action", "role", "allowed"),
    CELLS,
    ids=lambda value: str(value) if isinstance(value, str) else ("no", "yes")[value],
)
def test_cell(
    standing, kind: str, state: str, action: str, role: str, *, allowed: bool
):
    number = standing[kind, state]

    with pytest.raises(UndoError), standing["database"].begin() as session:
        found = attempt(session, number, action, CAST[role])
        session.flush()
        left = session.get_one(Application, number).state
        if allowed:
            assert found == left == LEADS_TO[action]
        else:
            # What a person may not even see looks as if it did not exist.
            assert isinstance(found, PolicyRefusal | NotFoundError), found
            assert left == state
        raise UndoError


def test_the_tables_above_name_every_state_and_every_action():
    assert {*TABLES} == {*machine.Kind}
    for kind, table in TABLES.items():
        tried = {(state, action) for _, state, action, _, _ in cells(kind, table)}

        assert {state for state, _ in tried} == {*machine.states(kind)}
        assert {action for _, action in tried} == {
            one.action for one in machine.TRANSITIONS if one.kind == kind
        }


@pytest.mark.parametrize("state", sorted({*PROPOSAL_PATHS} - {"submitted"}))
def test_a_wrong_state_is_told_as_a_conflict(standing, state: str):
    with pytest.raises(UndoError), standing["database"].begin() as session:
        found = attempt(session, standing["proposal", state], "start_review", "karen")
        if state == "draft":
            assert isinstance(found, NotFoundError)
        else:
            assert isinstance(found, StateConflict)
            assert state.replace("_", " ") in str(found)
            assert "must be submitted" in str(found)
        raise UndoError


def test_an_action_of_another_kind_is_refused(standing):
    with (
        standing["database"].begin() as session,
        pytest.raises(InputError, match="no action 'activate' for a proposal: choose"),
    ):
        number = standing["proposal", "submitted"]
        applications.act(session, number, "activate", "karen")
