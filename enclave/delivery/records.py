"""The record of what was delivered: one row and one audit event for each version."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.delivery.grant import Grant
from enclave.delivery.manifest import Manifest
from enclave.errors import NotFoundError
from enclave.projects import lifecycle
from enclave.store.delivery_tables import DeliveredVersion
from enclave.store.project_tables import Project


def record(
    session: Session, grant: Grant, manifest: Manifest, actor: str, at: datetime
) -> None:
    """Record one published version."""
    session.add(
        DeliveredVersion(
            project_number=grant.project_number,
            version=manifest.version,
            grant_id=grant.id,
            snapshot=manifest.snapshot,
            manifest_digest=manifest.digest,
            persons=manifest.persons,
            rows=manifest.rows,
            delivered=at,
            delivered_by=actor,
        )
    )
    session.flush()
    details = {
        "version": manifest.version,
        "grant": grant.id,
        "snapshot": manifest.snapshot,
        "manifest": manifest.digest,
        "pseudonym_key": manifest.pseudonym_key,
        "persons": manifest.persons,
        "rows": manifest.rows,
    }
    event = log.Event(actor, "delivery.deliver", f"project:{grant.project}", details)
    log.record(session, event, clock=lambda: at)


def of_grant(session: Session, grant_id: str) -> list[DeliveredVersion]:
    """Return what was delivered under a grant, the oldest first."""
    return list(
        session.scalars(
            select(DeliveredVersion)
            .where(DeliveredVersion.grant_id == grant_id)
            .order_by(DeliveredVersion.version)
        )
    )


def of_project(session: Session, slug: str) -> list[DeliveredVersion]:
    """Return what a project has been given, the newest first."""
    return list(
        session.scalars(
            select(DeliveredVersion)
            .join(Project, Project.number == DeliveredVersion.project_number)
            .where(Project.slug == slug)
            .order_by(DeliveredVersion.version.desc())
        )
    )


def version_of(session: Session, slug: str, version: int | None) -> DeliveredVersion:
    """Return one version of a project's data, the newest if no number is given.

    Raises
    ------
    NotFoundError
        If there is no such project, or no such version.
    """
    project = lifecycle.get(session, slug)
    number = version or last_version(session, project.number)
    found = session.get(DeliveredVersion, (project.number, number))
    if found is None:
        which = f"version {version} of its data" if version else "data"
        raise NotFoundError(
            f"Project {slug} has not been given any {which}. `enclave delivery list"
            f" {slug}` shows what it has."
        )
    return found


def last_version(session: Session, project_number: int) -> int:
    """Return the number of a project's newest version, 0 if it has none."""
    newest = select(func.max(DeliveredVersion.version)).where(
        DeliveredVersion.project_number == project_number
    )
    return session.scalar(newest) or 0
