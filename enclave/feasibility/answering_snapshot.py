"""The snapshot that answers questions, opened."""

from enclave.disclosure.policy import policy
from enclave.feasibility.release import released_snapshot
from enclave.settings import Settings
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.warehouse import Warehouse


def answering_snapshot(settings: Settings) -> Snapshot:
    """Return the snapshot that answers questions.

    Raises
    ------
    NotFoundError
        If nothing was loaded yet.
    """
    warehouse = Warehouse(settings)
    return warehouse.snapshot(released_snapshot(warehouse.snapshots(), policy()))
