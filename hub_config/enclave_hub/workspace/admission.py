"""May a person be in the workspace of a project? Asked at each start, and since."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.delivery.workspace_right import may_work
from enclave.errors import InputError, PolicyRefusal
from enclave.projects import memberships
from enclave.settings import Settings
from enclave.store.database import Database


@dataclass(frozen=True)
class Project:
    """What a workspace needs to know of its project."""

    number: int
    slug: str
    title: str


def admit(
    settings: Settings, database: Database, person: str, slug: str, clock: Clock = now
) -> Project:
    """Let a person into the workspace of a project; the audit log tells either way.

    Raises
    ------
    InputError
        If no project is named: JupyterHub's nameless server is not a workspace.
    PolicyRefusal
        With the reason, if membership, grant, approvals, agreement or training say no.
    """
    if not slug:
        raise InputError(
            "A workspace belongs to a project. Open one from the list of your projects."
        )
    with database.begin() as session:
        decision = may_work(session, settings, person, slug, clock)
        event = "workspace.open" if decision.allowed else "workspace.refuse"
        details = {} if decision.allowed else {"reason": decision.reason}
        log.record(
            session, log.Event(person, event, f"project:{slug}", details), clock=clock
        )
        project = _project(session, person, slug) if decision.allowed else None
    if project is None:
        raise PolicyRefusal(decision.reason)
    return project


def reason_to_close(
    settings: Settings, database: Database, person: str, slug: str, clock: Clock = now
) -> str | None:
    """Say why a person may not be in a running workspace; None where they may."""
    with database.begin() as session:
        decision = may_work(session, settings, person, slug, clock)
    return None if decision.allowed else decision.reason


def record_closing(
    database: Database, person: str, slug: str, reason: str, clock: Clock = now
) -> None:
    """Put on record that a workspace is closed, and why."""
    details = {"person": person, "reason": reason}
    event = log.Event("system", "workspace.close", f"project:{slug}", details)
    with database.begin() as session:
        log.record(session, event, clock=clock)


def _project(session: Session, person: str, slug: str) -> Project:
    found = [p for p in memberships.projects_of(session, person) if p.slug == slug]
    return Project(found[0].number, slug, found[0].title)
