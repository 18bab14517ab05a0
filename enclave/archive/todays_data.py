"""The data of an archived analysis as they are today: the same grant, the latest load.

They are made for one run and removed after it. Nobody gets to see them, and yet making
them uses a person's data anew: so the grant must hold today, and whoever said no since
is left out.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from enclave.archive.frozen_delivery import DataOfRun, record_of
from enclave.archive.manifest import DeliveryRecord
from enclave.clock import Clock
from enclave.delivery import grant as grants
from enclave.delivery import validity
from enclave.delivery.building import build
from enclave.delivery.grant import Grant
from enclave.delivery.order import Order
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database
from enclave.warehouse.warehouse import Warehouse


@contextmanager
def todays_data(
    settings: Settings,
    database: Database,
    record: DeliveryRecord,
    scratch: Path,
    clock: Clock,
) -> Iterator[DataOfRun]:
    """Make a delivery's data again from the latest snapshot, for a while.

    Parameters
    ----------
    record
        What the archive remembers of the delivery.
    scratch
        Folder in which they are made.

    Raises
    ------
    PolicyRefusal
        If the grant does not hold today.
    NotFoundError, IntegrityError
        If grant, key or snapshot are gone or were changed.
    HostError
        If memory or disk space ran out.
    """
    snapshot = Warehouse(settings).snapshot()
    with database.begin() as session:
        grant = granted_today(session, settings, record.grant, clock)
        order = Order.of(session, settings, grant, record.version, snapshot, at=clock())
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=scratch) as temporary:
        folder = Path(temporary) / "data"
        folder.mkdir()
        made = build(order, folder, Signer.load(settings))
        yield DataOfRun(folder, "today", record_of(made))


def granted_today(
    session: Session, settings: Settings, grant_id: str, clock: Clock
) -> Grant:
    """Return a grant that holds today.

    Raises
    ------
    NotFoundError, IntegrityError
        If there is none, or it was changed.
    PolicyRefusal
        If it does not hold any more.
    """
    grant = grants.load(session, settings, grant_id)
    validity.check_in_force(session, grant, clock().date())
    return grant
