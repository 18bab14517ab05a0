"""What a new draft begins with, so that nobody fills in twice what is known.

It takes over what the applicant's account, the project and earlier forms say. All of it
may be changed; what a project carries for good is in :mod:`enclave.projects.drafting`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.clock import Clock
from enclave.errors import PolicyRefusal
from enclave.projects import drafting, kinds, memberships, versions
from enclave.projects.approvals import ASKED_ABOUT
from enclave.projects.case import document
from enclave.projects.in_force import in_force
from enclave.projects.machine import Kind, State
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.project_tables import Account, Application, Project


# ``lab.value: why``, as a proposal may name its variables.
_NAMED = re.compile(r"^\s*(\w+\.\w+)\s*(?::\s*(.*?))?\s*$", re.MULTILINE)


@dataclass(frozen=True)
class _Draft:
    """Who begins what, in which project."""

    session: Session
    kind: Kind
    account: Account
    clock: Clock
    project: Project | None

    @property
    def inside(self) -> Project:
        """The project that it belongs to."""
        if self.project is None:
            raise TypeError(f"a {self.kind} belongs to no project")
        return self.project

    @cached_property
    def last(self) -> Application | None:
        """The last application of the kind that was handed in.

        In a project it is anybody's, without one the person's own.
        """
        whose = (
            Application.project_number == self.project.number
            if self.project
            else Application.created_by == self.account.name
        )
        return self.session.scalars(
            select(Application)
            .where(
                whose,
                Application.kind == self.kind,
                Application.state.not_in([State.DRAFT, State.WITHDRAWN]),
            )
            .order_by(Application.id.desc())
            .limit(1)
        ).one_or_none()

    @cached_property
    def said(self) -> dict[str, Any]:
        """What the last application said when it was handed in; empty without one."""
        last = self.last
        return (versions.handed_in(self.session, last) if last else None) or {}


def begun(
    session: Session,
    kind: Kind,
    form: Mapping[str, Any],
    account: Account,
    clock: Clock,
) -> dict[str, Any]:
    """Return the form of a new draft; what is given in ``form`` stays as it is.

    Raises
    ------
    InputError, NotFoundError, PolicyRefusal
        If it names no project for which the person may apply, or their role does not
        allow it.
    """
    drafting.check_role(kind, account)
    project = None
    if kinds.of(kind).in_project:
        project = drafting.project_for(session, kind, form, account, clock)
    draft = _Draft(session, kind, account, clock, project)
    begin = _KNOWN.get(kind)
    known = {**_again(draft), **(begin(draft) if begin else {})}
    return {**{name: value for name, value in known.items() if value}, **form}


def from_answer(request: Application, account: Account) -> dict[str, Any]:
    """Return what a proposal takes over from an answered feasibility request.

    Raises
    ------
    PolicyRefusal
        If it is none that was answered to this person.
    """
    answered = request.state in (State.ANSWERED, State.USED_IN)
    if not answered or request.created_by != account.name:
        raise PolicyRefusal(
            f"Application {request.id} is no feasibility request that was answered to"
            f" {account.name}: begin the proposal with a count, or an answer that still"
            " holds."
        )
    asked = document(request)
    others = [one for one in asked["departments"] if one != asked["department"]]
    return {
        "title": asked["title"],
        "population": asked["population"],
        "window": asked["window"],
        "aims": asked["purpose"],
        "variables_wanted": "\n".join(asked["variables"]),
        "other_departments": [{"department": one} for one in others],
        "feasibility_done": True,
        "feasibility_request": request.id,
    }


def _again(draft: _Draft) -> dict[str, Any]:
    """Return what the last application of the kind said, where it is worth saying."""
    return {name: draft.said.get(name) for name in kinds.of(draft.kind).again}


def _feasibility(draft: _Draft) -> dict[str, Any]:
    return {} if draft.said else {"department": draft.account.institution}


def _proposal(draft: _Draft) -> dict[str, Any]:
    account = draft.account
    leader = {
        "name": account.display_name,
        "email": account.email,
        "institution": account.institution,
        "role": "leader",
    }
    asked = [{"authority": one.value} for one in ASKED_ABOUT]
    return {"group": [leader], "approvals": asked}


def _data_request(draft: _Draft) -> dict[str, Any]:
    """Take over what the last request asked for, as amended, or what was proposed."""
    project, today = draft.inside, draft.clock().date()
    present = memberships.members_of(draft.session, project, today)
    last, said = draft.last, draft.said
    if last is None or not said:
        return {**_proposed(draft), "members": sorted(one.account for one in present)}
    amendment = _amended_since(draft, last)
    amended = document(amendment) if amendment else {}
    variables = amended.get("variables") or said.get("variables", [])
    joined_from = amendment.changed.date() if amendment else date.max
    named = {*said.get("members", [])}
    return {
        "variables": variables,
        "justifications": _of(said.get("justifications", {}), variables),
        "generalise": _of(said.get("generalise", {}), variables),
        "periods": [
            one for one in said.get("periods", []) if one.get("variable") in variables
        ],
        "window": amended.get("window") or said.get("window"),
        "members": sorted(
            one.account
            for one in present
            if one.account in named or one.since >= joined_from
        ),
    }


def _proposed(draft: _Draft) -> dict[str, Any]:
    """Return the variables and the period that the proposal speaks of."""
    session, project = draft.session, draft.inside
    approved = in_force(session, project)
    proposal = document(session.get_one(Application, project.proposal_id))
    counted = _counted(session, proposal)
    named = dict(_NAMED.findall(proposal.get("variables_wanted", "")))
    asked = approved.get("variables") or [
        *named,
        *approved["population"].get("variables", []),
        *counted.get("variables", []),
    ]
    variables = list(dict.fromkeys(asked))
    whys = {name: why for name, why in named.items() if why}
    return {
        "variables": variables,
        "justifications": _of(whys, variables),
        "window": approved.get("window") or counted.get("window"),
    }


def _counted(session: Session, proposal: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form of the feasibility request that an approved proposal rests on."""
    number = proposal.get("feasibility_request")
    return document(session.get_one(Application, number)) if number else {}


def _amended_since(draft: _Draft, last: Application) -> Application | None:
    return draft.session.scalars(
        select(Application)
        .where(
            Application.project_number == draft.inside.number,
            Application.kind == Kind.AMENDMENT,
            Application.state == State.APPROVED,
            Application.changed >= last.created,
        )
        .order_by(Application.changed.desc(), Application.id.desc())
        .limit(1)
    ).one_or_none()


def _of(said: Mapping[str, Any], variables: Collection[str]) -> dict[str, Any]:
    return {name: one for name, one in said.items() if name in variables}


def _own_data(draft: _Draft) -> dict[str, Any]:
    return {"contact": f"{draft.account.display_name}, {draft.account.email}"}


def _cpr_extract(draft: _Draft) -> dict[str, Any]:
    window = in_force(draft.session, draft.inside).get("window")
    return {"window": window, "recipient": draft.account.name}


def _close_out(draft: _Draft) -> dict[str, Any]:
    archived = draft.session.scalars(
        select(ArchivedAnalysis.id)
        .where(ArchivedAnalysis.project_number == draft.inside.number)
        .order_by(ArchivedAnalysis.archived)
    )
    return {"analyses": list(archived)}


_KNOWN: dict[Kind, Callable[[_Draft], dict[str, Any]]] = {
    Kind.FEASIBILITY_REQUEST: _feasibility,
    Kind.PROPOSAL: _proposal,
    Kind.DATA_REQUEST: _data_request,
    Kind.OWN_DATA: _own_data,
    Kind.CPR_EXTRACT: _cpr_extract,
    Kind.CLOSE_OUT: _close_out,
}
