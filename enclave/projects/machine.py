"""What may happen to an application: by state, action, role and guard.

The rules are data, in ``transitions.yaml``. Everything else only reads them: the
decision itself (:mod:`enclave.projects.applications`), the buttons of the portal, the
page ``docs/reference/states.md``, and the test that tries every cell.

A guard is a name here; what it checks stands in :mod:`enclave.projects.guards`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any

import yaml

from enclave.errors import InputError, PolicyRefusal
from enclave.projects.people import Role


class Kind(StrEnum):
    """What is applied for."""

    FEASIBILITY_REQUEST = "feasibility_request"
    PROPOSAL = "proposal"
    DATA_REQUEST = "data_request"


class State(StrEnum):
    """Where an application stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    IN_WORK = "in_work"
    NEEDS_INFO = "needs_info"
    ANSWERED = "answered"
    INTERNAL_REVIEW = "internal_review"
    CONDITIONALLY_APPROVED = "conditionally_approved"
    APPROVED = "approved"
    APPROVALS_CHECK = "approvals_check"
    SPEC_AGREED = "spec_agreed"
    ACTIVE = "active"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


# Where the applicant may still change the form.
EDITABLE = frozenset({State.DRAFT, State.RETURNED, State.NEEDS_INFO})


class Guard(StrEnum):
    """A condition beyond the role."""

    OWN = "own"
    NOT_OWN = "not_own"
    REASON = "reason"
    FORM = "form"
    NO_COMMITTEE = "no_committee"
    APPROVALS = "approvals"
    PROJECT_ACTIVE = "project_active"
    OUTCOME = "outcome"


@dataclass(frozen=True)
class Transition:
    """One way from some states to another.

    Attributes
    ----------
    guards
        Checked in this order, all of them.
    waits
        True where the application waits for this; False where it is only possible,
        such as withdrawing.
    """

    kind: Kind
    action: str
    sources: tuple[State, ...]
    target: State
    roles: tuple[Role, ...]
    guards: tuple[Guard, ...]
    waits: bool


class StateConflict(PolicyRefusal):
    """The application does not stand where the action starts, or changed meanwhile."""


def _read(tables: dict[str, dict[str, Any]]) -> Iterator[Transition]:
    for kind, actions in tables.items():
        for action, row in actions.items():
            yield Transition(
                kind=Kind(kind),
                action=action,
                sources=tuple(State(name) for name in row["from"]),
                target=State(row["to"]),
                roles=tuple(Role(name) for name in row["by"]),
                guards=tuple(Guard(name) for name in row["guards"]),
                waits=row.get("waits", True),
            )


TRANSITIONS = tuple(
    _read(yaml.safe_load((files(__package__) / "transitions.yaml").read_text("utf-8")))
)


def kind(name: str) -> Kind:
    """Return the kind of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name not in {*Kind}:
        raise InputError(
            f"There is no application of kind {name!r}: choose {' or '.join(Kind)}."
        )
    return Kind(name)


def find(kind: str, action: str) -> Transition:
    """Return the transition an action stands for.

    Raises
    ------
    InputError
        If applications of this kind know no such action.
    """
    known = {one.action: one for one in TRANSITIONS if one.kind == kind}
    if action not in known:
        raise InputError(
            f"There is no action {action!r} for a {spoken(kind)}: choose one of"
            f" {', '.join(known)}."
        )
    return known[action]


def leaving(kind: str, state: str) -> list[Transition]:
    """Return the transitions that leave a state."""
    return [one for one in TRANSITIONS if one.kind == kind and state in one.sources]


def states(kind: str) -> list[State]:
    """Return the states an application of a kind can be in, in their usual order."""
    rows = [one for one in TRANSITIONS if one.kind == kind]
    reached = {state for row in rows for state in (*row.sources, row.target)}
    return [state for state in State if state in reached]


def spoken(name: str) -> str:
    """Return a name as it is written in a sentence: ``data_request`` → data request."""
    return name.replace("_", " ")
