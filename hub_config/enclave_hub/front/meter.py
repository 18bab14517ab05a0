"""Count what is shown to people, outside the sandbox and whatever is shown."""

import asyncio
import logging
from collections import Counter

from enclave.display import egress
from enclave.display.egress import Shown
from enclave.store.database import Database


_SECONDS = 10.0
_LOG = logging.getLogger("jupyterhub.enclave.meter")


class Meter:
    """Bytes towards browsers, per person and project; written down as they come.

    A front that is killed loses the count of its last ten seconds.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bytes: Counter[tuple[str, str]] = Counter()
        self._answers: Counter[tuple[str, str]] = Counter()

    def count(self, person: str, project: str, size: int) -> None:
        """Count one answer or frame."""
        self._bytes[person, project] += size
        self._answers[person, project] += 1

    async def write_down(self) -> None:
        """Add what was counted to the database; what fails is kept for next time."""
        counted, answers = self._bytes, self._answers
        self._bytes, self._answers = Counter(), Counter()
        shown = [
            Shown(person, project, size, answers[person, project])
            for (person, project), size in counted.items()
        ]
        if not shown:
            return
        try:
            await asyncio.to_thread(self._add, shown)
        except Exception:
            self._bytes += counted
            self._answers += answers
            raise

    async def keep_writing(self, seconds: float = _SECONDS) -> None:
        """Write down again and again, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.write_down()
            except Exception as error:  # noqa: BLE001 - whatever it was may pass
                # The text of the error has names of people in it.
                _LOG.error(
                    "What was shown could not be written down (%s); it is kept, and"
                    " tried again.",
                    type(error).__name__,
                )

    def _add(self, shown: list[Shown]) -> None:
        with self._database.begin() as session:
            egress.add(session, shown)
