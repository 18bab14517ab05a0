"""Every role in every state tries every action: what happens, cell by cell.

The tables are written by hand, apart from the rules they test. A cell names the roles
that may do the action there; everybody else, and every empty cell, must be refused.
R researcher, D data manager, C CORE, O checker, A auditor, S SAC, E ExCom, B biobank
coordinator; K is the member of CORE who made a re-run request.
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
from tests.builders import project_forms
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


PEOPLE = {**dict(zip("RDCOASEB", CAST.values(), strict=True)), "K": "kim"}

FEASIBILITY = """
state      | submit | take_up | ask_for_information | answer | use | expire | withdraw
draft      | R      |         |                     |        |     |        | R
submitted  |        | D       | D                   |        |     |        | R
in_work    |        |         | D                   | D      |     |        | R
needs_info | R      |         |                     |        |     |        | R
answered   |        |         |                     |        |     |        |
used_in    |        |         |                     |        |     |        |
expired    |        |         |                     |        |     |        |
withdrawn  |        |         |                     |        |     |        |
"""

PROPOSAL = """
state                  | submit | start_review | approve | approve_conditionally | send_to_sac | send_to_excom | meet_conditions | return | reject | withdraw
draft                  | R      |              |         |                       |             |               |                 |        |        | R
returned               | R      |              |         |                       |             |               |                 |        |        | R
submitted              |        | C            |         |                       |             |               |                 | C      | C      | R
internal_review        |        |              | C       | C                     | C           |               |                 | C      | C      | R
sac_review             |        |              |         |                       |             | C             |                 | C      |        | R
excom_decision         |        |              | E       | E                     |             |               |                 | E      | E      | R
conditionally_approved |        |              | C       |                       |             |               | R               | C      | C      | R
conditions_met         |        |              | C       |                       |             |               |                 | C      | C      | R
approved               |        |              |         |                       |             |               |                 |        |        |
rejected               |        |              |         |                       |             |               |                 |        |        |
withdrawn              |        |              |         |                       |             |               |                 |        |        |
"""

DATA_REQUEST = """
state           | submit | check_approvals | agree_specification | extract | activate | return | reject | withdraw | close | lapse | revoke
draft           | R      |                 |                     |         |          |        |        | R        |       |       |
returned        | R      |                 |                     |         |          |        |        | R        |       |       |
submitted       |        | C               |                     |         |          | D C    | C      | R        |       |       |
approvals_check |        |                 | D                   |         |          | D C    | C      | R        |       |       |
spec_agreed     |        |                 |                     | D       |          | D C    | C      | R        |       |       |
qa              |        |                 |                     |         | D        | D C    | C      | R        |       |       | D C
active          |        |                 |                     |         |          |        |        |          | R     |       | D C
rejected        |        |                 |                     |         |          |        |        |          |       |       |
withdrawn       |        |                 |                     |         |          |        |        |          |       |       |
closed          |        |                 |                     |         |          |        |        |          |       |       |
"""

BIOBANK = """
state            | submit | confirm_availability | send_to_excom | approve | sign_mta | pick | ship | confirm_receipt | mark_overdue | confirm_results | return | reject | withdraw
draft            | R      |                      |               |         |          |      |      |                 |              |                 |        |        | R
returned         | R      |                      |               |         |          |      |      |                 |              |                 |        |        | R
availability     |        | B                    |               |         |          |      |      |                 |              |                 | B      | B      | R
sac_review       |        |                      | C             |         |          |      |      |                 |              |                 | C      |        | R
excom_decision   |        |                      |               | E       |          |      |      |                 |              |                 | E      | E      | R
approved         |        |                      |               |         | B        |      |      |                 |              |                 |        |        | R
mta_signed       |        |                      |               |         |          | B    |      |                 |              |                 |        |        | R
picked           |        |                      |               |         |          |      | B    |                 |              |                 |        |        |
shipped          |        |                      |               |         |          |      |      | R               |              |                 |        |        |
results_due      |        |                      |               |         |          |      |      |                 | B            | B               |        |        |
overdue          |        |                      |               |         |          |      |      |                 |              | B               |        |        |
results_returned |        |                      |               |         |          |      |      |                 |              |                 |        |        |
rejected         |        |                      |               |         |          |      |      |                 |              |                 |        |        |
withdrawn        |        |                      |               |         |          |      |      |                 |              |                 |        |        |
"""

OWN_DATA = """
state                | submit | approve_description | upload | quarantine | load | return | reject | withdraw
draft                | R      |                     |        |            |      |        |        | R
returned             | R      |                     |        |            |      |        |        | R
described            |        | D                   |        |            |      | D      | D      | R
description_approved |        |                     | R      |            |      | D      |        | R
uploaded             |        |                     |        | D          |      |        | D      | R
quarantined          |        |                     |        |            | D    | D      | D      | R
loaded               |        |                     |        |            |      |        |        |
rejected             |        |                     |        |            |      |        |        |
withdrawn            |        |                     |        |            |      |        |        |
"""

CPR_EXTRACT = """
state                 | submit | confirm_legal_basis | release_first | release_second | download | confirm_destruction | return | reject | withdraw | revoke
draft                 | R      |                     |               |                |          |                     |        |        | R        |
returned              | R      |                     |               |                |          |                     |        |        | R        |
submitted             |        | C                   |               |                |          |                     | D C    | C      | R        |
legal_check           |        |                     | D             |                |          |                     | D C    | C      | R        |
released_by_one       |        |                     |               | C              |          |                     | D C    | C      | R        |
released_by_two       |        |                     |               |                | R        |                     |        |        | R        | D C
downloaded            |        |                     |               |                |          | R                   |        |        |          |
destruction_confirmed |        |                     |               |                |          |                     |        |        |          |
rejected              |        |                     |               |                |          |                     |        |        |          |
withdrawn             |        |                     |               |                |          |                     |        |        |          |
closed                |        |                     |               |                |          |                     |        |        |          |
"""

AMENDMENT = """
state           | submit | start_review | send_to_excom | approve | return | reject | withdraw
draft           | R      |              |               |         |        |        | R
returned        | R      |              |               |         |        |        | R
submitted       |        | C            |               |         | C      | C      | R
internal_review |        |              | C             | C       | C      | C      | R
excom_decision  |        |              |               | E       | E      | E      | R
approved        |        |              |               |         |        |        |
rejected        |        |              |               |         |        |        |
withdrawn       |        |              |               |         |        |        |
"""

OUTPUT = """
state     | submit | start_check | release | return | withdraw
draft     | R      |             |         |        | R
returned  | R      |             |         |        | R
requested |        | O D         |         | O D    | R
checked   |        |             | O D     | O D    | R
released  |        |             |         |        |
withdrawn |        |             |         |        |
"""

CLOSE_OUT = """
state        | submit | start_return_check | archive | close | return | withdraw
draft        | R      |                    |         |       |        | R
returned     | R      |                    |         |       |        | R
submitted    |        | D                  |         |       | D      | R
return_check |        |                    | D       |       | D      |
archived     |        |                    |         | C     |        |
closed       |        |                    |         |       |        |
withdrawn    |        |                    |         |       |        |
"""

RERUN = """
state     | submit | approve | execute | compare | report | return | reject | withdraw
draft     | K      |         |         |         |        |        |        | K
returned  | K      |         |         |         |        |        |        | K
asked     |        | C       |         |         |        | C      | C      | K
approved  |        |         | C D     |         |        |        |        | K
executed  |        |         |         | O D     |        |        |        |
compared  |        |         |         |         | O      |        |        |
reported  |        |         |         |         |        |        |        |
rejected  |        |         |         |         |        |        |        |
withdrawn |        |         |         |         |        |        |        |
"""

LEADS_TO = {
    "submit": "submitted",
    "start_review": "internal_review",
    "approve": "approved",
    "approve_conditionally": "conditionally_approved",
    "meet_conditions": "conditions_met",
    "send_to_sac": "sac_review",
    "send_to_excom": "excom_decision",
    "return": "returned",
    "reject": "rejected",
    "withdraw": "withdrawn",
    "check_approvals": "approvals_check",
    "agree_specification": "spec_agreed",
    "extract": "qa",
    "activate": "active",
    "close": "closed",
    "take_up": "in_work",
    "ask_for_information": "needs_info",
    "answer": "answered",
    "revoke": "closed",
    "confirm_availability": "sac_review",
    "sign_mta": "mta_signed",
    "pick": "picked",
    "ship": "shipped",
    "confirm_receipt": "results_due",
    "mark_overdue": "overdue",
    "confirm_results": "results_returned",
    "approve_description": "description_approved",
    "upload": "uploaded",
    "quarantine": "quarantined",
    "load": "loaded",
    "confirm_legal_basis": "legal_check",
    "release_first": "released_by_one",
    "release_second": "released_by_two",
    "download": "downloaded",
    "confirm_destruction": "destruction_confirmed",
    "start_check": "checked",
    "release": "released",
    "start_return_check": "return_check",
    "archive": "archived",
    "execute": "executed",
    "compare": "compared",
    "report": "reported",
}
HANDED_IN = {
    "biobank_request": "availability",
    "own_data": "described",
    "output_request": "requested",
    "rerun_request": "asked",
}

TABLES = {
    "feasibility_request": FEASIBILITY,
    "proposal": PROPOSAL,
    "data_request": DATA_REQUEST,
    "biobank_request": BIOBANK,
    "own_data": OWN_DATA,
    "cpr_extract": CPR_EXTRACT,
    "amendment": AMENDMENT,
    "output_request": OUTPUT,
    "close_out": CLOSE_OUT,
    "rerun_request": RERUN,
}


def cells(kind: str) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """The cells of a kind: state, action, and who may."""
    head, *lines = [
        [cell.strip() for cell in line.split("|")]
        for line in TABLES[kind].strip().splitlines()
    ]
    for state, *allowed in lines:
        for action, letters in zip(head[1:], allowed, strict=True):
            yield kind, state, action, frozenset(letters.split())


CELLS = [cell for kind in TABLES for cell in cells(kind)]


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
        **{
            (kind.value, state): project_forms.within(
                database, kind, state, f"{kind[:3]}-{number}"
            )
            for kind in project_forms.FORMS
            for number, state in enumerate(project_forms.every_state(kind))
        },
    }
    database.dispose()


class UndoError(Exception):
    """Ends a transaction without its changes, so that each cell starts alike."""


def attempt(session: Session, number: int, action: str, actor: str) -> str | Exception:
    clock = project_forms.clock_of(action)
    try:
        return take(session, number, action, actor, clock=clock).state
    except EnclaveError as error:
        return error


@pytest.mark.parametrize(("kind", "state", "action", "allowed"), CELLS)
def test_cell(standing, kind: str, state: str, action: str, allowed: frozenset[str]):
    number = standing[kind, state]
    leads_to = HANDED_IN.get(kind) if action == "submit" else None

    for letter, name in PEOPLE.items():
        if letter == "K" and kind != "rerun_request":
            continue
        with pytest.raises(UndoError), standing["database"].begin() as session:
            found = attempt(session, number, action, name)
            session.flush()
            left = session.get_one(Application, number).state
            if letter in allowed:
                assert found == left == (leads_to or LEADS_TO[action]), name
            elif letter == "K" and "C" in allowed:
                # Also of CORE, but it is their own.
                assert ("own project" in str(found)) or left != state
            else:
                # What a person may not even see looks as if it did not exist.
                assert isinstance(found, PolicyRefusal | NotFoundError), (name, found)
                assert left == state
            raise UndoError


def test_the_tables_above_name_every_state_and_every_action():
    assert {*TABLES} == {*machine.Kind}
    for kind in TABLES:
        tried = {(state, action) for _, state, action, _ in cells(kind)}

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
