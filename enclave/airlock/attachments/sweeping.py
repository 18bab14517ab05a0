"""Files that belong to no application are destroyed, by hand or once an hour."""

import logging
import time
from pathlib import Path

from sqlalchemy import select

from enclave.airlock.attachments.locker import Locker
from enclave.settings import Settings
from enclave.store.attachment_tables import Attachment
from enclave.store.database import Database


_HOUR = 3_600
logger = logging.getLogger(__name__)


def sweep(settings: Settings, database: Database) -> int:
    """Destroy files that belong to no application; return how many.

    A file that was put down and has no row yet, or is not whole yet, may be of a
    process at work: nothing younger than an hour is touched.
    """
    locker = Locker(settings)
    settled = time.time() - _HOUR
    old = [path for path in locker.left_lying() if _changed(path) < settled]
    with database.begin() as session:
        wanted = set(
            session.scalars(select(Attachment.file).where(Attachment.removed.is_(None)))
        )
    stray = [path.name for path in old if path.name not in wanted]
    for name in stray:
        locker.destroy(name)
    return len(stray)


class Sweeper:
    """Sweeps once an hour, however often it is asked."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._due = 0.0

    def look(self) -> int:
        """Sweep if an hour has passed; return how many files were destroyed."""
        if time.monotonic() < self._due:
            return 0
        self._due = time.monotonic() + _HOUR
        try:
            return sweep(self._settings, self._database)
        except OSError as error:
            logger.warning("attachments were not swept: %s", type(error).__name__)
            return 0


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()  # somebody destroys it at this moment
