"""Where the extracts of one application stand; never a number or a secret of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.delivery.cpr_extract import jobs, release
from enclave.delivery.cpr_extract.handover import (
    MOST_ATTEMPTS,
    is_replaced,
    own_extract,
)
from enclave.delivery.cpr_extract.record import State, state_of
from enclave.errors import NotFoundError
from enclave.projects import applications
from enclave.projects.case import document
from enclave.projects.machine import Kind
from enclave.store.delivery_tables import CprExtract
from enclave.store.project_tables import Application


def cpr_extract(session: Session, number: int, account: str) -> Application:
    """Return an application for an extract that a person may see.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = applications.get(session, number, account)
    if found.kind != Kind.CPR_EXTRACT:
        raise NotFoundError(f"Application {number} is no CPR population extract.")
    return found


def standing(
    session: Session, found: Application, account: str, at: datetime
) -> dict[str, Any]:
    """Return each extract that was made, what a worker does, and what a person may."""
    rows = [*session.scalars(_made(found))]
    job = jobs.latest(session, found.id)
    working = job is not None and job.state in {"queued", "running"}
    # While one of an application is this, no other is made.
    blocked = {State.WAITING, State.TAKEN, State.DESTROYED} & {
        state_of(one, at) for one in rows
    }
    may = found.state == release.RELEASED and account in release.releasers(
        session, found
    )
    return {
        "application": found.id,
        "state": found.state,
        "recipient": str(document(found).get("recipient", "")),
        "extracts": [_document(one, at) for one in rows],
        "working": working,
        "failed": job.message if job is not None and job.state == "failed" else None,
        "may_prepare": may and not working and not blocked,
        "may_confirm": [
            one.id
            for one in rows
            if one.state == State.TAKEN and one.recipient == account
        ],
    }


def _made(found: Application) -> Any:
    return (
        select(CprExtract)
        .where(CprExtract.application_id == found.id)
        .order_by(CprExtract.id.desc())
    )


def of_link(session: Session, link: str, account: str, at: datetime) -> Any:
    """Return where the extract stands that a link names, to its recipient alone."""
    row = own_extract(session, link, account)
    if row is None:
        return None
    state = "replaced" if is_replaced(session, row) else state_of(row, at)
    since: dict[str, datetime | None] = {
        State.TAKEN: row.taken,
        State.DESTROYED: row.destroyed,
        State.EXPIRED: row.expires,
    }
    at_last = since.get(state)
    return {
        "application": row.application_id,
        "state": state,
        "since": at_last and at_last.isoformat(),
        "prepared_by": row.prepared_by,
    }


def _document(one: CprExtract, at: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "recipient": one.recipient,
        "state": state_of(one, at),
        "attempts_left": max(0, MOST_ATTEMPTS - one.attempts),
        "prepared": one.prepared.isoformat(),
        "prepared_by": one.prepared_by,
        "expires": one.expires.isoformat(),
        "taken": one.taken.isoformat() if one.taken else None,
        "destroyed": one.destroyed.isoformat() if one.destroyed else None,
    }
