"""May a person be in the workspace of a project? Asked at each start, and since."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.projects import memberships
from enclave.store.database import Database


@dataclass(frozen=True)
class Project:
    """What a workspace needs to know of its project."""

    number: int
    slug: str
    title: str


def admit(database: Database, person: str, slug: str, *, clock: Clock = now) -> Project:
    """Let a person into the workspace of a project; the audit log tells either way.

    Raises
    ------
    InputError
        If no project is named: JupyterHub's nameless server is not a workspace.
    PolicyRefusal
        With the reason, if membership, approvals, agreement or training say no.
    """
    if not slug:
        raise InputError(
            "A workspace belongs to a project. Open one from the list of your projects."
        )
    with database.begin() as session:
        decision = memberships.may_open_workspace(session, person, slug, clock=clock)
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
    database: Database, person: str, slug: str, *, clock: Clock = now
) -> str | None:
    """Say why a running workspace has to end; None where it may go on."""
    with database.begin() as session:
        decision = memberships.may_open_workspace(session, person, slug, clock=clock)
        if decision.allowed:
            return None
        details = {"person": person, "reason": decision.reason}
        event = log.Event("system", "workspace.close", f"project:{slug}", details)
        log.record(session, event, clock=clock)
    return decision.reason


def _project(session: Session, person: str, slug: str) -> Project:
    found = [p for p in memberships.projects_of(session, person) if p.slug == slug]
    return Project(found[0].number, slug, found[0].title)
