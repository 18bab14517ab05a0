"""Who belongs, or belonged, to which project."""

from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.store.project_tables import Membership, Project


def role_in(
    session: Session, project: Project, account: str, today: date
) -> str | None:
    """Return ``leader`` or ``member``, or None for somebody who is neither today."""
    membership = session.get(Membership, (project.number, account))
    if membership is None or (membership.until and membership.until < today):
        return None
    return membership.role


def takes_or_took_part(session: Session, project: Project, account: str) -> bool:
    """Return whether somebody is or was a member: who decides on it is neither."""
    return session.get(Membership, (project.number, account)) is not None


def members_of(session: Session, project: Project, today: date) -> list[Membership]:
    """Return the present members of a project, its leaders first."""
    return list(
        session.scalars(
            select(Membership)
            .where(
                Membership.project_number == project.number,
                or_(Membership.until.is_(None), Membership.until >= today),
            )
            .order_by(Membership.role, Membership.account)
        )
    )


def projects_of(session: Session, account: str, clock: Clock = now) -> list[Project]:
    """Return the projects a person is a member of today, the newest first."""
    return list(
        session.scalars(
            select(Project)
            .join(Membership, Membership.project_number == Project.number)
            .where(
                Membership.account == account,
                or_(Membership.until.is_(None), Membership.until >= clock().date()),
            )
            .order_by(Project.number.desc())
        )
    )
