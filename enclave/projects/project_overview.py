"""What is told about a project, and to whom."""

from datetime import date
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from enclave.errors import PolicyRefusal
from enclave.projects import (
    lifecycle,
    memberships,
    overview,
    ownership,
    people,
    register,
)
from enclave.projects.people import Role
from enclave.store.project_tables import Account, Application, Project


OVERSEERS = frozenset({Role.CORE, Role.DATA_MANAGER, Role.AUDITOR})


def require_sight(
    session: Session, project: Project, account: Account, today: date
) -> None:
    """Refuse somebody who neither belongs to a project nor oversees all of them.

    Raises
    ------
    PolicyRefusal
        If the account may not see it.
    """
    member = memberships.role_in(session, project, account.name, today)
    if member is None and not OVERSEERS & account.roles:
        raise PolicyRefusal(
            f"{account.name} is not a member of project {project.slug}, so only its"
            " title and leader are yours to see: ask the leader"
            f" {project.leader} to apply for your membership."
        )


def summary(session: Session, project: Project, today: date) -> dict[str, Any]:
    """Return a project as one row of a list, with its state of today."""
    standing = lifecycle.standing(session, project, today)
    return {
        "number": project.number,
        "slug": project.slug,
        "title": project.title,
        "leader": project.leader,
        "state": standing.state.value,
        "reason": standing.reason,
        "end_date": project.end_date.isoformat(),
    }


def document(
    session: Session, project: Project, today: date, account: Account | None = None
) -> dict[str, Any]:
    """Return a project with its members, approvals and applications.

    Parameters
    ----------
    account
        Who looks at it, and sees the applications they may see. None for the operator
        of the installation, who sees all.
    """
    seen = true() if account is None else ownership.visible_to(account)
    members = memberships.members_of(session, project, today)
    applications = session.scalars(
        select(Application)
        .where(Application.project_number == project.number, seen)
        .order_by(Application.id)
    )
    return {
        **summary(session, project, today),
        "members": [
            {
                "account": one.account,
                "name": people.get(session, one.account).display_name,
                "role": one.role,
                "since": one.since.isoformat(),
            }
            for one in members
        ],
        "approvals": [
            one.model_dump(mode="json")
            for one in register.approvals_of(session, project)
        ],
        "applications": [overview.summary(one) for one in applications],
    }
