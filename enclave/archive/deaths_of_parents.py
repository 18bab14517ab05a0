"""Warm parents that end unasked, put on record when that goes on, or has a reason."""

import logging
from collections import Counter
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from enclave.audit import log
from enclave.sandbox.closed_parent import Seen
from enclave.sandbox.description import Account
from enclave.settings import Settings
from enclave.store.database import Database


logger = logging.getLogger(__name__)

# One can always be killed. From the third on it is noted, and each time it has doubled.
_NOTED_FROM = 3


class DeathsOfParents:
    """How often the parents of one worker have ended unasked."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._counted: Counter[tuple[Account, str]] = Counter()

    def one_more(self, account: Account, kernel: str) -> None:
        """Count one; say so in the log, and in the audit log if it goes on."""
        self._counted[account, kernel] += 1
        times = self._counted[account, kernel]
        logger.warning("a warm parent (%s) ended unasked, %d times", kernel, times)
        doubled, rest = divmod(times, _NOTED_FROM)
        if rest or doubled & (doubled - 1):
            return
        self._record("alarm.parent", kernel, {"times": times, "account": account.uid})

    def left_behind(self, account: Account, kernel: str, seen: Seen) -> None:
        """Put on record that one left processes running: a package may do harm."""
        told = {"seen": seen, "account": account.uid}
        self._record("alarm.left_behind", kernel, told)

    def _record(self, action: str, kernel: str, told: dict[str, Any]) -> None:
        event = log.Event("system", action, f"kernel:{kernel}", told)
        database = Database(self._settings.database_url)
        try:
            with database.begin() as session:
                log.record(session, event)
        except SQLAlchemyError as error:
            logger.warning("that could not be put on record: %s", type(error).__name__)
        finally:
            database.dispose()
