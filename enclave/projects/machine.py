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
from enclave.projects.people import SYSTEM, Role


class Kind(StrEnum):
    """What is applied for."""

    FEASIBILITY_REQUEST = "feasibility_request"
    PROPOSAL = "proposal"
    DATA_REQUEST = "data_request"
    BIOBANK_REQUEST = "biobank_request"
    OWN_DATA = "own_data"
    CPR_EXTRACT = "cpr_extract"
    AMENDMENT = "amendment"
    OUTPUT_REQUEST = "output_request"
    CLOSE_OUT = "close_out"
    RERUN_REQUEST = "rerun_request"


class State(StrEnum):
    """Where an application stands, in the usual order."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ASKED = "asked"
    REQUESTED = "requested"
    DESCRIBED = "described"
    IN_WORK = "in_work"
    NEEDS_INFO = "needs_info"
    ANSWERED = "answered"
    USED_IN = "used_in"
    EXPIRED = "expired"
    AVAILABILITY = "availability"
    INTERNAL_REVIEW = "internal_review"
    SAC_REVIEW = "sac_review"
    EXCOM_DECISION = "excom_decision"
    CONDITIONALLY_APPROVED = "conditionally_approved"
    CONDITIONS_MET = "conditions_met"
    APPROVED = "approved"
    APPROVALS_CHECK = "approvals_check"
    SPEC_AGREED = "spec_agreed"
    QA = "qa"
    ACTIVE = "active"
    MTA_SIGNED = "mta_signed"
    PICKED = "picked"
    SHIPPED = "shipped"
    RESULTS_DUE = "results_due"
    OVERDUE = "overdue"
    RESULTS_RETURNED = "results_returned"
    DESCRIPTION_APPROVED = "description_approved"
    UPLOADED = "uploaded"
    QUARANTINED = "quarantined"
    LOADED = "loaded"
    LEGAL_CHECK = "legal_check"
    RELEASED_BY_ONE = "released_by_one"
    RELEASED_BY_TWO = "released_by_two"
    DOWNLOADED = "downloaded"
    DESTRUCTION_CONFIRMED = "destruction_confirmed"
    CHECKED = "checked"
    RELEASED = "released"
    RETURN_CHECK = "return_check"
    ARCHIVED = "archived"
    EXECUTED = "executed"
    COMPARED = "compared"
    REPORTED = "reported"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


# Where the applicant may still change the form.
EDITABLE = frozenset(
    {State.DRAFT, State.RETURNED, State.NEEDS_INFO, State.CONDITIONALLY_APPROVED}
)


class Guard(StrEnum):
    """A condition beyond the role."""

    OWN = "own"
    MADE = "made"
    NOT_OWN = "not_own"
    REASON = "reason"
    FORM = "form"
    NO_COMMITTEE = "no_committee"
    COMMITTEE_HEARD = "committee_heard"
    VOTES = "votes"
    APPROVALS = "approvals"
    PROJECT_ACTIVE = "project_active"
    PROJECT_OPEN = "project_open"
    OUTCOME = "outcome"
    ENOUGH = "enough"
    PAST_DUE = "past_due"
    SECOND_PERSON = "second_person"
    EVIDENCE = "evidence"


# Whose application it is decides who may act: one of these is in every transition.
APPLICANTS = frozenset({Guard.OWN, Guard.MADE})


@dataclass(frozen=True)
class Transition:
    """One way from some states to another.

    Attributes
    ----------
    roles
        Who may do it; nobody where it happens by itself.
    guards
        Checked in this order, all of them.
    waits
        True where the application waits for this; False where it is only possible,
        such as withdrawing.
    figure
        Name of the number that who does this must give; empty where none is asked for.
    evidence
        What another room must have put on record first
        (:mod:`enclave.projects.evidence`); empty where nothing.
    """

    kind: Kind
    action: str
    sources: tuple[State, ...]
    target: State
    roles: tuple[Role, ...]
    guards: tuple[Guard, ...]
    waits: bool
    figure: str = ""
    evidence: str = ""

    @property
    def by_itself(self) -> bool:
        """True for what the enclave does when its time has come, and no person may."""
        return not self.roles

    @property
    def by_applicant(self) -> bool:
        """True for what the applicant's side does, False for what others decide."""
        return bool(APPLICANTS & {*self.guards})


class StateConflict(PolicyRefusal):
    """The application does not stand where the action starts, or changed meanwhile."""


def _read(tables: dict[str, dict[str, Any]]) -> Iterator[Transition]:
    for kind, actions in tables.items():
        for action, ways in actions.items():
            for row in ways if isinstance(ways, list) else [ways]:
                yield Transition(
                    kind=Kind(kind),
                    action=action,
                    sources=tuple(State(name) for name in row["from"]),
                    target=State(row["to"]),
                    roles=tuple(Role(name) for name in row["by"] if name != SYSTEM),
                    guards=tuple(Guard(name) for name in row["guards"]),
                    waits=row.get("waits", True),
                    figure=row.get("figure", ""),
                    evidence=row.get("evidence", ""),
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


def ways(kind: str, action: str) -> tuple[Transition, ...]:
    """Return the transitions an action stands for; they leave different states.

    Raises
    ------
    InputError
        If applications of this kind know no such action.
    """
    known = [one for one in TRANSITIONS if one.kind == kind]
    found = tuple(one for one in known if one.action == action)
    if not found:
        actions = dict.fromkeys(one.action for one in known)
        raise InputError(
            f"There is no action {action!r} for a {spoken(kind)}: choose one of"
            f" {', '.join(actions)}."
        )
    return found


def leaving(kind: str, state: str) -> list[Transition]:
    """Return the transitions that leave a state."""
    return [one for one in TRANSITIONS if one.kind == kind and state in one.sources]


def states(kind: str) -> list[State]:
    """Return the states an application of a kind can be in, in their usual order."""
    rows = [one for one in TRANSITIONS if one.kind == kind]
    reached = {state for row in rows for state in (*row.sources, row.target)}
    return [state for state in State if state in reached]


# Where the name is not what one says: "the request is in quality assurance".
_SAID: dict[str, str] = {
    State.QA: "in quality assurance",
    State.USED_IN: "used in a proposal",
}


def spoken(name: str) -> str:
    """Return a name as it is written in a sentence: ``data_request`` → data request."""
    return _SAID.get(name, name.replace("_", " "))
