"""What is attached to an application: its record. The files keep the airlock."""

import hashlib
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.store.attachment_tables import Attachment
from enclave.store.project_tables import Application


def every(session: Session, application: Application) -> list[Attachment]:
    """Return all that was ever attached, also what was removed, the oldest first."""
    return list(
        session.scalars(
            select(Attachment)
            .where(Attachment.application_id == application.id)
            .order_by(Attachment.id)
        )
    )


def present(session: Session, application: Application) -> list[Attachment]:
    """Return what is attached now, the oldest first."""
    return [one for one in every(session, application) if one.removed is None]


def names_in_reach(session: Session, application: Application) -> frozenset[str]:
    """Return the names of what is attached to it or to others of its project."""
    reach = Attachment.application_id == application.id
    if application.project_number:
        others = select(Application.id).where(
            Application.project_number == application.project_number
        )
        reach = reach | Attachment.application_id.in_(others)
    rows = select(Attachment.name).where(Attachment.removed.is_(None), reach)
    return frozenset(session.scalars(rows))


def fingerprint(session: Session, application: Application) -> str:
    """Return one hash over all that is attached now; empty where nothing is."""
    hashes = sorted(one.sha256 for one in present(session, application))
    return hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else ""


def document(one: Attachment) -> dict[str, Any]:
    """Return an attachment as JSON, without where it lies."""
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind,
        "size": one.size,
        "sha256": one.sha256,
        "remarks": one.remarks,
        "added": one.added.isoformat(),
        "added_by": one.added_by,
        "removed": one.removed.isoformat() if one.removed else None,
        "removed_by": one.removed_by,
    }
