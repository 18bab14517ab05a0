"""How long a project may work: expired approvals suspend it, its end date closes it.

The end date is the last day on which the project works. From the day after (in UTC) it
is *closing*: nobody opens its workspace and nothing is delivered, but nothing is
destroyed either; results and data can still be returned. An approval that expired
without a renewal *suspends* the project from the day after its last day; registering
the renewal lifts that. So does the stop button (:mod:`enclave.projects.stops`).

:func:`suspend_expired` writes this down, as an audit event, when somebody runs it;
:func:`standing` is what counts, and is asked at every use, so that a job that did not
run leaves no door open.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import NotFoundError
from enclave.projects import people, register, stops
from enclave.store.project_tables import Project


class ProjectState(StrEnum):
    """Whether a project may work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSING = "closing"
    CLOSED = "closed"


@dataclass(frozen=True)
class Standing:
    """A project's state on a day, and why it is not active."""

    state: ProjectState
    reason: str = ""


def get(session: Session, slug: str) -> Project:
    """Return a project.

    Raises
    ------
    NotFoundError
        If there is none of that slug.
    """
    project = session.scalars(select(Project).where(Project.slug == slug)).one_or_none()
    if project is None:
        raise NotFoundError(
            f"There is no project {slug!r}: look at the list of projects."
        )
    return project


def everything(session: Session) -> list[Project]:
    """Return all projects, the newest first."""
    return list(session.scalars(select(Project).order_by(Project.number.desc())))


def standing(session: Session, project: Project, today: date) -> Standing:
    """Return the state a project is in today, whatever was last written down."""
    kept = Standing(ProjectState(project.state), project.state_reason)
    if kept.state in (ProjectState.CLOSING, ProjectState.CLOSED):
        return kept
    if project.end_date < today:
        return Standing(
            ProjectState.CLOSING,
            f"the project ended on {project.end_date}: return its results, or apply"
            " for a later end date",
        )
    stopped = stops.over(session, project)
    if stopped is not None:
        return Standing(ProjectState.SUSPENDED, stops.spoken(stopped))
    expired = register.lapsed(register.approvals_of(session, project), today)
    if expired:
        first = expired[0]
        return Standing(
            ProjectState.SUSPENDED,
            f"approval {first.spoken()} expired on {first.expires}: hand its renewal to"
            " the CORE group, who registers it",
        )
    return Standing(ProjectState.ACTIVE)


def suspend_expired(session: Session, clock: Clock = now) -> list[Project]:
    """Write down the state of every project whose state has changed; return them."""
    projects = session.scalars(
        select(Project)
        .where(Project.state.in_([ProjectState.ACTIVE, ProjectState.SUSPENDED]))
        .order_by(Project.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return [one for one in projects if refresh(session, one, clock=clock)]


def refresh(
    session: Session,
    project: Project,
    *,
    actor: str = people.SYSTEM,
    clock: Clock = now,
) -> bool:
    """Write a project's state of today down; return whether it changed."""
    current = standing(session, project, clock().date())
    if current.state == project.state:
        return False
    move(session, project, current.state, current.reason, actor=actor, clock=clock)
    return True


def reopen(session: Session, project: Project, *, actor: str, clock: Clock) -> None:
    """Let a project that was closing work again, if its end date and approvals do."""
    before = project.state
    project.state, project.state_reason = ProjectState.ACTIVE.value, ""
    current = standing(session, project, clock().date())
    project.state = before
    move(session, project, current.state, current.reason, actor=actor, clock=clock)


def move(
    session: Session,
    project: Project,
    state: ProjectState,
    reason: str,
    *,
    actor: str,
    clock: Clock,
) -> None:
    """Write a project's new state down, with its audit event."""
    details = {"from": project.state, "to": state.value, "reason": reason}
    project.state, project.state_reason = state.value, reason
    session.flush()
    event = log.Event(actor, "project.state", f"project:{project.slug}", details)
    log.record(session, event, clock=clock)
