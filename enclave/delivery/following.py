"""Live access: daily deliveries follow the warehouse from snapshot to snapshot.

The first version of a grant is made by a data manager, who looks at it, and nothing
follows it before the data request is active: opening it would open what nobody has
looked at. From then on a worker that finds a newer snapshot leaves a delivery of it to
the queue, for each daily grant that is in force. The queue knows every delivery by
grant and snapshot, so several workers, or one that was killed and started again, ask
for none twice.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.delivery import grant as grants
from enclave.delivery import records
from enclave.delivery.deliver import SYSTEM, enqueue
from enclave.errors import EnclaveError
from enclave.projects.machine import State
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Application, ApplicationStep
from enclave.warehouse.warehouse import Warehouse


def enqueue_daily(
    settings: Settings,
    database: Database,
    *,
    actor: str,
    begun: bool = False,
    clock: Clock = now,
) -> list[tuple[str, str]]:
    """Leave all daily deliveries of the latest snapshot to a worker.

    Parameters
    ----------
    begun
        Only of grants of which something was delivered before.

    Returns
    -------
    list of tuple
        Each daily grant, and its job or why it is not delivered any more.
    """
    with database.begin() as session:
        issued = [
            row.id
            for row in grants.listing(session)
            if _is_due(session, row, begun=begun)
        ]
    said = []
    for grant_id in issued:
        # What is wrong with one grant is no reason to stop at the others.
        try:
            with database.begin() as session:
                if grants.load(session, settings, grant_id).refresh != "daily":
                    continue
                job = enqueue(session, settings, grant_id, actor=actor, clock=clock)
            said.append((grant_id, f"job {job}"))
        except EnclaveError as refusal:
            said.append((grant_id, str(refusal)))
    return said


def _is_due(session: Session, row: IssuedGrant, *, begun: bool) -> bool:
    if not records.of_grant(session, row.id):
        return not begun
    request = session.get_one(Application, row.application_id)
    return request.state != State.QA


class Follower:
    """Asks for the daily deliveries of each new snapshot, as soon as it is there."""

    def __init__(
        self, settings: Settings, database: Database, *, clock: Clock = now
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._followed: tuple[int, datetime | None] = (0, None)

    def look(self) -> list[tuple[str, str]]:
        """Ask for what is due; say it as :func:`enqueue_daily` does."""
        newest = Warehouse(self._settings).newest_number()
        # What was opened since then may have waited for it while snapshots came.
        found = newest, self._last_opened()
        if not newest or found == self._followed:
            return []
        said = enqueue_daily(
            self._settings,
            self._database,
            actor=SYSTEM,
            begun=True,
            clock=self._clock,
        )
        self._followed = found
        return said

    def _last_opened(self) -> datetime | None:
        opened = ApplicationStep.to_state == State.ACTIVE
        with self._database.begin() as session:
            return session.scalar(select(func.max(ApplicationStep.at)).where(opened))
