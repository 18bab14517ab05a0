"""Count what is shown to people, outside the sandbox and whatever is shown."""

import asyncio
from collections import Counter

from enclave.display import egress
from enclave.display.egress import Shown
from enclave.store.database import Database


_SECONDS = 10.0


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
        """Add what was counted to the database."""
        counted, answers = self._bytes, self._answers
        self._bytes, self._answers = Counter(), Counter()
        shown = [
            Shown(person, project, size, answers[person, project])
            for (person, project), size in counted.items()
        ]
        if shown:
            await asyncio.to_thread(self._add, shown)

    async def keep_writing(self) -> None:
        """Write down every ten seconds, until cancelled."""
        while True:
            await asyncio.sleep(_SECONDS)
            await self.write_down()

    def _add(self, shown: list[Shown]) -> None:
        with self._database.begin() as session:
            egress.add(session, shown)
