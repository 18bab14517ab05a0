"""Work that nobody asks for and that is done once an hour."""

import logging
import time
from collections.abc import Callable


_HOUR = 3_600
logger = logging.getLogger(__name__)


class Hourly:
    """Does its work once an hour, however often it is asked.

    Parameters
    ----------
    work
        Returns how much it did.
    """

    def __init__(self, what: str, work: Callable[[], int]) -> None:
        self._what, self._work = what, work
        self._due = 0.0

    def look(self) -> int:
        """Do the work if an hour has passed; return how much was done."""
        if time.monotonic() < self._due:
            return 0
        self._due = time.monotonic() + _HOUR
        try:
            return self._work()
        except OSError as error:
            logger.warning("%s: %s", self._what, type(error).__name__)
            return 0
