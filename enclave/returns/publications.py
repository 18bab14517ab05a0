"""Publications of projects: by DOI, with the archived analyses behind them."""

import json
import re
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import lifecycle, memberships, people
from enclave.projects.people import Role
from enclave.store.archive_tables import ArchivedAnalysis
from enclave.store.project_tables import Project
from enclave.store.return_tables import Publication


# What Crossref recommends for DOIs given since 2008: https://www.crossref.org
_DOI = re.compile(r"10\.\d{4,9}/[-._;()/:a-z0-9]{1,150}")
_RESOLVER = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)


def record(
    session: Session,
    slug: str,
    doi: str,
    analyses: Sequence[str] = (),
    *,
    actor: str,
    clock: Clock = now,
) -> Publication:
    """Put a publication on record, also long after the project was closed.

    Recorded already, its analyses are added to. The public register shows it.

    Raises
    ------
    InputError
        If that is no DOI.
    NotFoundError
        If an analysis is not archived in the project.
    PolicyRefusal
        If the actor neither belongs to the project nor is a data manager.
    """
    project = lifecycle.get(session, slug)
    _check_actor(session, project, actor, clock)
    name = doi_of(doi)
    _check_analyses(session, project, analyses)
    row = session.get(Publication, (project.number, name), with_for_update=True)
    before = set(json.loads(row.analyses)) if row else set()
    together = sorted(before | {*analyses})
    if row is None:
        row = Publication(
            project_number=project.number,
            doi=name,
            analyses="[]",
            recorded_by=actor,
            recorded=clock(),
        )
        session.add(row)
    elif before == {*together}:
        return row
    row.analyses = json.dumps(together)
    session.flush()
    details = {"doi": name, "analyses": together}
    event = log.Event(actor, "publication.record", f"project:{slug}", details)
    log.record(session, event, clock=clock)
    return row


def of_project(session: Session, slug: str) -> list[Publication]:
    """Return the publications of a project, the newest first."""
    query = (
        select(Publication)
        .join(Project, Project.number == Publication.project_number)
        .where(Project.slug == slug)
        .order_by(Publication.recorded.desc(), Publication.doi)
    )
    return list(session.scalars(query))


def doi_of(text: str) -> str:
    """Return a DOI in its one form, small letters and without the resolver's address.

    Raises
    ------
    InputError
        If it is none.
    """
    name = _RESOLVER.sub("", text.strip()).lower()
    if not _DOI.fullmatch(name):
        raise InputError(
            f"{text.strip()[:80]!r} is no DOI: write it as 10.1136/bmjopen-2024-089966."
        )
    return name


def _check_analyses(
    session: Session, project: Project, analyses: Sequence[str]
) -> None:
    archived = select(ArchivedAnalysis.id).where(
        ArchivedAnalysis.project_number == project.number
    )
    known = set(session.scalars(archived))
    for one in analyses:
        if one not in known:
            raise NotFoundError(
                f"{one} is not among the archived analyses of {project.slug}: `enclave"
                f" archive list --project {project.slug}` shows them."
            )


def _check_actor(session: Session, project: Project, actor: str, clock: Clock) -> None:
    if Role.DATA_MANAGER in people.get(session, actor).roles:
        return
    if memberships.role_in(session, project, actor, clock().date()) is None:
        raise PolicyRefusal(
            f"{actor} is no member of project {project.slug}: ask its leader"
            f" {project.leader}, or a data manager."
        )
