"""The record of extracts: a row each, and an audit event for each change of it."""

import hashlib
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock
from enclave.store.delivery_tables import CprExtract


class State(StrEnum):
    """Where an extract stands."""

    WAITING = "waiting"
    TAKEN = "taken"
    DESTROYED = "destroyed"
    EXPIRED = "expired"
    BLOCKED = "blocked"


def state_of(row: CprExtract, at: datetime) -> State:
    """Return where an extract stands, also before a worker has swept what expired."""
    state = State(row.state)
    expired = state is State.WAITING and row.expires < at
    return State.EXPIRED if expired else state


def token_digest(token: str) -> str:
    """Return what is kept of the secret in a link."""
    return hashlib.sha256(token.encode()).hexdigest()


def listing(session: Session) -> list[CprExtract]:
    """Return all extracts, the newest first."""
    return list(session.scalars(select(CprExtract).order_by(CprExtract.id.desc())))


def tell(
    session: Session,
    row: CprExtract,
    action: str,
    actor: str,
    clock: Clock,
    **details: int,
) -> None:
    """Write down what happened to an extract, in the session's own transaction."""
    content = {"extract": row.id, "sha256": row.sha256, **details}
    subject = f"application:{row.application_id}"
    event = log.Event(actor, f"extract.{action}", subject, content)
    log.record(session, event, clock=clock)
