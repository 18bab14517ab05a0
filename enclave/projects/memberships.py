"""Who belongs to which project, and whether they may work in it now."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.projects import institutions, lifecycle, people
from enclave.projects.agreement import accepting
from enclave.projects.lifecycle import ProjectState
from enclave.projects.training import attempts
from enclave.store.project_tables import Account, Membership, Project


@dataclass(frozen=True)
class Decision:
    """Whether something is allowed; if not, why, and what to do."""

    allowed: bool
    reason: str = ""


def may_open_workspace(
    session: Session, account: str, project_slug: str, clock: Clock = now
) -> Decision:
    """Decide whether a person may work in a project's workspace now.

    Asked at each start, and again while the workspace runs: membership, the project's
    state, end date and approvals; the person's institution, user agreement and
    training.

    Raises
    ------
    NotFoundError
        If there is no such account or project.
    """
    person = people.get(session, account)
    project = lifecycle.get(session, project_slug)
    today = clock().date()
    if role_in(session, project, account, today) is None:
        return Decision(
            allowed=False,
            reason=f"{account} is not a member of project {project_slug}: its leader"
            f" {project.leader} can apply to add members.",
        )
    standing = lifecycle.standing(session, project, today)
    if standing.state is not ProjectState.ACTIVE:
        return Decision(
            allowed=False,
            reason=f"Project {project_slug} is {standing.state}: {standing.reason}.",
        )
    return certified(session, person, today)


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


def certified(session: Session, person: Account, today: date) -> Decision:
    """Decide whether a person is trusted: institution, user agreement, training."""
    reason = (
        institutions.why_not(session, person.institution, today)
        or accepting.why_not(session, person, today)
        or attempts.why_not(person, today)
    )
    return Decision(allowed=not reason, reason=reason)
