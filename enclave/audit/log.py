"""Append to the audit log, and prove that nobody changed it.

Every entry holds the SHA-256 of its own content and of the entry before it. A
changed, removed or inserted entry breaks the chain from there on. A chain alone cannot
show that its *end* was cut off: that is what the signed roots are for
(:mod:`enclave.audit.roots`).

An entry is written in the transaction of the change it tells about, so neither exists
without the other. It holds names, hashes and counts, never a national id and never the
result of a query.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from enclave.audit.chain import GENESIS, Verification, check, entry_hash
from enclave.canonical import canonical_json
from enclave.clock import Clock, now
from enclave.store.audit_tables import AuditEntry


__all__ = [
    "GENESIS",
    "Event",
    "Verification",
    "entries",
    "latest",
    "length",
    "record",
    "verify",
]

# One writer of the chain at a time; SQLite's BEGIN IMMEDIATE already sees to it.
_POSTGRESQL_LOCK = 7_203_144_911


@dataclass(frozen=True)
class Event:
    """What happened.

    Attributes
    ----------
    actor
        Account name of the person, or ``system``.
    action
        ``noun.verb``, for instance ``proposal.approve``.
    subject
        What it happened to, for instance ``project:3``.
    details
        Hashes, counts, reasons: JSON.
    """

    actor: str
    action: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)


def record(session: Session, event: Event, *, clock: Clock = now) -> AuditEntry:
    """Add an event to the chain, in the session's own transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK}
        )
    last = session.scalars(
        select(AuditEntry).order_by(AuditEntry.number.desc()).limit(1)
    ).one_or_none()
    entry = AuditEntry(
        number=last.number + 1 if last else 1,
        at=clock(),
        actor=event.actor,
        action=event.action,
        subject=event.subject,
        details=canonical_json(dict(event.details)).decode(),
        previous=last.hash if last else GENESIS,
    )
    entry.hash = entry_hash(_document(entry))
    session.add(entry)
    session.flush()
    return entry


def verify(session: Session, heads: Mapping[int, str] | None = None) -> Verification:
    """Walk the whole chain.

    Parameters
    ----------
    heads
        The hashes that signed roots say entries must have, by number.

    Raises
    ------
    IntegrityError
        Naming the first entry that does not fit.
    """
    return check(entries(session), heads)


def entries(session: Session) -> Iterator[dict[str, Any]]:
    """Yield the entries as plain documents, the first one first."""
    rows = (
        select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=1000)
    )
    return map(_document, session.scalars(rows))


def latest(
    session: Session,
    number: int,
    *,
    actor: str | None = None,
    subject: str | None = None,
) -> list[dict[str, Any]]:
    """Return the last entries, the newest first; of one actor or subject if given."""
    rows = select(AuditEntry).order_by(AuditEntry.number.desc()).limit(number)
    if actor is not None:
        rows = rows.where(AuditEntry.actor == actor)
    if subject is not None:
        rows = rows.where(AuditEntry.subject == subject)
    return [_document(entry) for entry in session.scalars(rows)]


def length(session: Session) -> int:
    """Return the number of entries."""
    return session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def _document(entry: AuditEntry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": json.loads(entry.details),
        "previous": entry.previous,
        "hash": entry.hash,
    }
