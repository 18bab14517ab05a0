"""Entering snapshots into the audit log."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit.log import Event, record
from enclave.clock import Clock, now
from enclave.store.audit_tables import AuditEntry
from enclave.warehouse.manifest import SnapshotManifest


ACTION = "warehouse.load"


def record_snapshots(
    session: Session,
    manifests: Iterable[SnapshotManifest],
    *,
    actor: str,
    clock: Clock = now,
) -> int:
    """Enter every snapshot that the log does not have yet; return how many.

    A snapshot is files and the log is a database, so no transaction spans the two.
    Called after every load, this also enters a snapshot whose load was killed between.

    Parameters
    ----------
    actor
        Account of the data manager who loaded.
    """
    entered = set(
        session.scalars(select(AuditEntry.subject).where(AuditEntry.action == ACTION))
    )
    missing = [each for each in manifests if _subject(each) not in entered]
    for manifest in missing:
        details = {
            "digest": manifest.digest,
            "mapping": manifest.mapping.digest,
            "tables": {
                name: version.digest for name, version in manifest.tables.items()
            },
        }
        record(session, Event(actor, ACTION, _subject(manifest), details), clock=clock)
    return len(missing)


def _subject(manifest: SnapshotManifest) -> str:
    return f"snapshot:{manifest.number}"
