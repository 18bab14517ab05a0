"""Which findings a person sees, and what of them."""

import json
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from enclave.errors import NotFoundError
from enclave.projects import people
from enclave.projects.people import Role
from enclave.returns.findings.desk import State
from enclave.store.project_tables import Account, Membership, Project
from enclave.store.return_tables import Finding, FindingStep


_OVERSEERS = frozenset({Role.DATA_MANAGER, Role.AUDITOR})


def visible(
    session: Session, actor: str, state: str | None = None
) -> list[dict[str, Any]]:
    """Return the findings of one's projects, or all for data managers, as rows."""
    account = people.get(session, actor)
    wanted = select(Finding).order_by(Finding.id.desc())
    if not _OVERSEERS & account.roles:
        mine = select(Membership.project_number).where(Membership.account == actor)
        wanted = wanted.where(
            or_(Finding.created_by == actor, Finding.project_number.in_(mine))
        )
    if state is not None:
        wanted = wanted.where(Finding.state == state)
    return [_row(session, one) for one in session.scalars(wanted)]


def one(session: Session, number: int, actor: str) -> dict[str, Any]:
    """Return a finding with its history.

    What came out of a workspace is read by data managers alone until one of them has
    accepted it: a finding is no way around the check of outputs.

    Raises
    ------
    NotFoundError
        If there is none that the actor may see.
    """
    account = people.get(session, actor)
    found = session.get(Finding, number)
    if found is None or not _may_see(session, found, account):
        raise NotFoundError(f"There is no finding {number} that you may see.")
    overseer = bool(_OVERSEERS & account.roles)
    open_to_all = not found.from_workspace or found.state == State.ACCEPTED
    steps = session.scalars(
        select(FindingStep)
        .where(FindingStep.finding_id == number)
        .order_by(FindingStep.number)
    )
    return {
        **_row(session, found),
        "finding": json.loads(found.document) if overseer or open_to_all else None,
        "steps": [
            {
                "action": each.action,
                "actor": each.actor,
                "at": each.at.isoformat(),
                "comment": each.comment,
            }
            for each in steps
        ],
    }


def _may_see(session: Session, found: Finding, account: Account) -> bool:
    if _OVERSEERS & account.roles or found.created_by == account.name:
        return True
    member = (found.project_number, account.name)
    return (
        found.project_number is not None and session.get(Membership, member) is not None
    )


def _row(session: Session, found: Finding) -> dict[str, Any]:
    project = (
        session.get_one(Project, found.project_number).slug
        if found.project_number is not None
        else None
    )
    return {
        "number": found.id,
        "project": project,
        "variable": found.variable,
        "state": found.state,
        "by": found.created_by,
        "created": found.created.isoformat(),
        "version": found.version,
        "digest": found.digest,
    }
