"""Raw files of own data that nobody needs any more are destroyed."""

from pathlib import Path

from enclave import durable
from enclave.airlock.ingress import RAW
from enclave.lock import exclusive
from enclave.projects.machine import State
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Application


_NEEDED = frozenset({State.DESCRIPTION_APPROVED, State.UPLOADED, State.QUARANTINED})


def sweep(settings: Settings, database: Database) -> int:
    """Destroy raw files that nobody needs any more; return how many.

    They are left where a process was killed, or an application was returned, rejected
    or withdrawn. Workers call this all the time, so it waits for nobody who is at work.
    """
    destroyed = 0
    for raw in settings.ingress.glob(f"*/{RAW}"):
        if _is_needed(database, raw):
            continue
        with exclusive(raw.parent / ".lock"):
            if not _is_needed(database, raw) and raw.exists():
                durable.shred(raw)
                destroyed += 1
    return destroyed


def _is_needed(database: Database, raw: Path) -> bool:
    with database.begin() as session:
        application = session.get(Application, int(raw.parent.name))
        return application is not None and application.state in _NEEDED
