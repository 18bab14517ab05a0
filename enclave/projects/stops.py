"""The stop button: one project, or all of them, works no longer until it is lifted.

Asked at every start and while a workspace runs, so that workspaces are closed within a
minute; deliveries and archive runs ask as well. Whoever oversees projects may stop at
once and alone: to stop does no harm that cannot be undone. To lift is a decision, and
nobody takes one on their own project.
"""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import memberships, people
from enclave.projects.people import Role
from enclave.store.project_tables import Project
from enclave.store.stop_tables import Stop


MAY_STOP = frozenset({Role.CORE, Role.DATA_MANAGER})
"""Who may stop projects, and lift a stop."""


def stop(
    session: Session,
    project: Project | None,
    reason: str,
    actor: str,
    clock: Clock = now,
) -> Stop:
    """Stop a project; every project, the future ones too, where None is given.

    One that is stopped already is left as it is.

    Raises
    ------
    InputError
        If no reason is given: the members are shown it.
    PolicyRefusal
        If the actor may not do this.
    """
    _check_role(session, actor)
    if not reason.strip():
        raise InputError("Give the reason for the stop: the members are shown it.")
    for held in _of(session, project):
        return held
    made = Stop(
        project_number=None if project is None else project.number,
        reason=reason.strip(),
        at=clock(),
        by=actor,
    )
    session.add(made)
    session.flush()
    _record(session, "stop", project, actor, clock, reason=made.reason)
    return made


def lift(
    session: Session, project: Project | None, actor: str, clock: Clock = now
) -> None:
    """Let a project work again; where None is given, end the stop of all.

    Raises
    ------
    NotFoundError
        If it is not stopped.
    PolicyRefusal
        If the actor may not do this, or takes part in the project.
    """
    _check_role(session, actor)
    held = _of(session, project)
    if not held:
        raise NotFoundError(
            f"{_named(project)} is not stopped, so there is nothing to lift."
        )
    if project is not None and memberships.takes_or_took_part(session, project, actor):
        raise PolicyRefusal(
            f"Nobody decides on their own project, and {actor} takes part in"
            f" {project.slug}: leave it to a colleague."
        )
    for one in held:
        one.lifted, one.lifted_by = clock(), actor
    session.flush()
    _record(session, "resume", project, actor, clock)


def over(session: Session, project: Project) -> Stop | None:
    """Return the stop that holds a project, its own before that of all."""
    return session.scalars(
        select(Stop)
        .where(
            Stop.lifted.is_(None),
            or_(Stop.project_number == project.number, Stop.project_number.is_(None)),
        )
        .order_by(Stop.project_number.is_(None), Stop.id)
    ).first()


def in_force(session: Session) -> list[tuple[Stop, Project | None]]:
    """Return every stop that holds, with its project; the one of all comes first."""
    rows = session.execute(
        select(Stop, Project)
        .outerjoin(Project, Project.number == Stop.project_number)
        .where(Stop.lifted.is_(None))
        .order_by(Stop.project_number.is_not(None), Stop.id)
    )
    return [(held, project) for held, project in rows]


def spoken(held: Stop) -> str:
    """Say of a stop who gave it, when and why."""
    whom = "all projects were" if held.project_number is None else "it was"
    when = f"{held.at:%Y-%m-%d at %H:%M} UTC"
    reason = held.reason.removesuffix(".")  # the sentence that it becomes part of ends
    return f"{whom} stopped by {held.by} on {when}: {reason}"


def _of(session: Session, project: Project | None) -> list[Stop]:
    number = None if project is None else project.number
    wanted = Stop.project_number.is_not_distinct_from(number)
    return list(session.scalars(select(Stop).where(wanted, Stop.lifted.is_(None))))


def _named(project: Project | None) -> str:
    return "The enclave as a whole" if project is None else f"Project {project.slug}"


def _check_role(session: Session, actor: str) -> None:
    if not MAY_STOP & people.get(session, actor).roles:
        raise PolicyRefusal(
            f"To stop projects, or to lift a stop, takes the role core or data_manager,"
            f" and {actor} holds neither: call one of them."
        )


def _record(
    session: Session,
    what: str,
    project: Project | None,
    actor: str,
    clock: Clock,
    **details: str,
) -> None:
    subject = "project:*" if project is None else f"project:{project.slug}"
    event = log.Event(actor, f"project.{what}", subject, details)
    log.record(session, event, clock=clock)
