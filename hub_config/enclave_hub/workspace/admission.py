"""May a person be in the workspace of a project? Asked at each start, and since."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.delivery.folders import version_folder
from enclave.delivery.workspace_right import find_newest_open, may_work, open_grants
from enclave.errors import InputError, PolicyRefusal
from enclave.projects import memberships
from enclave.settings import Settings
from enclave.store.database import Database


@dataclass(frozen=True)
class Project:
    """What a workspace needs to know of its project.

    Attributes
    ----------
    grants
        Those whose deliveries are shown in it.
    data
        Folder of the newest of these deliveries; None where there is none.
    """

    number: int
    slug: str
    title: str
    grants: tuple[str, ...] = ()
    data: Path | None = None


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
        project = None
        if decision.allowed:
            project = _project(session, settings, person, slug, clock)
    if project is None:
        raise PolicyRefusal(decision.reason)
    return project


def reason_to_close(
    settings: Settings,
    database: Database,
    person: str,
    project: Project,
    clock: Clock = now,
) -> str | None:
    """Say why a person may not be in a running workspace; None where they may.

    Parameters
    ----------
    project
        As it was when they were let in: data that they may not see any more cannot be
        taken from a workspace that runs.
    """
    with database.begin() as session:
        decision = may_work(session, settings, person, project.slug, clock)
        if not decision.allowed:
            return decision.reason
        still = open_grants(session, settings, person, project.slug, clock)
    ended = sorted(set(project.grants) - set(still))
    if not ended:
        return None
    return (
        f"Grant {', '.join(ended)} does not hold any more for {person}, and the"
        " workspace shows its data. Open it again, with the data of the others."
    )


def record_closing(
    database: Database, person: str, slug: str, reason: str, clock: Clock = now
) -> None:
    """Put on record that a workspace is closed, and why."""
    details = {"person": person, "reason": reason}
    event = log.Event("system", "workspace.close", f"project:{slug}", details)
    with database.begin() as session:
        log.record(session, event, clock=clock)


def _project(
    session: Session, settings: Settings, person: str, slug: str, clock: Clock
) -> Project:
    found = [p for p in memberships.projects_of(session, person) if p.slug == slug]
    grants = open_grants(session, settings, person, slug, clock)
    newest = find_newest_open(session, settings, person, slug, clock)
    data = None
    if newest is not None:
        data = version_folder(settings, slug, newest.grant_id, newest.version)
    return Project(found[0].number, slug, found[0].title, grants, data)
