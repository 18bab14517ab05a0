"""Raw files of own data that nobody needs any more are destroyed."""

from contextlib import suppress
from pathlib import Path

from enclave.airlock.conversion.room import DRAFT
from enclave.airlock.ingress import PLAIN, RAW, destroy
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
    found = {
        one.parent
        for name in (RAW, PLAIN, f"{DRAFT}*")
        for one in settings.ingress.glob(f"*/{name}")
    }
    for folder in sorted(found):
        if _is_needed(database, folder):
            continue
        # Where somebody is at work, the next sweep finds what is left.
        with suppress(BlockingIOError), exclusive(folder / ".lock", wait=False):
            if not _is_needed(database, folder):
                destroyed += destroy(folder)
    return destroyed


def _is_needed(database: Database, folder: Path) -> bool:
    with database.begin() as session:
        application = session.get(Application, int(folder.name))
        return application is not None and application.state in _NEEDED
