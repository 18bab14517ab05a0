"""The data of an archived analysis: the delivery's own files, or made again.

The files need not be kept. The grant, the project's key and the snapshot make them
again, bit by bit, and the hash of the delivery's manifest proves that they did.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from enclave.archive.manifest import DeliveryRecord, SnapshotRecord
from enclave.delivery import grant as grants
from enclave.delivery import records
from enclave.delivery.building import build
from enclave.delivery.folders import version_folder
from enclave.delivery.manifest import Manifest, verify_folder
from enclave.delivery.order import Order
from enclave.errors import EnclaveError, HostError, IntegrityError
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database
from enclave.warehouse.warehouse import Warehouse


class DataUnavailableError(IntegrityError):
    """The data are gone, and cannot be made again as they were."""


@dataclass(frozen=True)
class DataOfRun:
    """A folder with the data for one run, and where they come from."""

    folder: Path
    origin: Literal["frozen", "re-created", "today"]
    record: DeliveryRecord


def record_of(manifest: Manifest) -> DeliveryRecord:
    """Return what an archive remembers of a delivery."""
    return DeliveryRecord(
        version=manifest.version,
        manifest_sha256=manifest.digest,
        grant=manifest.grant,
        snapshot=SnapshotRecord(
            number=manifest.snapshot, digest=manifest.snapshot_digest
        ),
    )


@contextmanager
def frozen_data(
    settings: Settings,
    database: Database,
    project: str,
    record: DeliveryRecord,
    scratch: Path,
) -> Iterator[DataOfRun]:
    """Give the data of a delivery for a while, proven to be the same as then.

    Parameters
    ----------
    project
        Slug of the project.
    record
        What the archive remembers of the delivery.
    scratch
        Folder in which data may be made again; they are removed at the end.

    Raises
    ------
    IntegrityError
        If the delivery's files are there and were changed.
    DataUnavailableError
        If they are gone, and the grant, the key or the snapshot is gone too or does
        not give the same files any more.
    """
    folder = version_folder(settings, project, record.grant, record.version)
    if folder.is_dir():
        trusted_key = Signer.load(settings).public_key
        _check(verify_folder(folder, trusted_key=trusted_key), record)
        yield DataOfRun(folder, "frozen", record)
        return
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=scratch) as temporary:
        folder = Path(temporary) / "data"
        folder.mkdir()
        _recreate(settings, database, project, record, folder)
        yield DataOfRun(folder, "re-created", record)


def _recreate(
    settings: Settings,
    database: Database,
    project: str,
    record: DeliveryRecord,
    folder: Path,
) -> None:
    try:
        order = _order(settings, database, project, record)
        _check(build(order, folder, Signer.load(settings)), record)
    except HostError:
        raise  # it may pass
    except EnclaveError as error:
        raise DataUnavailableError(
            f"The files of delivery {record.version} of project {project} are gone and"
            f" cannot be made again: {error}"
        ) from error


def _order(
    settings: Settings, database: Database, project: str, record: DeliveryRecord
) -> Order:
    snapshot = Warehouse(settings).snapshot(record.snapshot.number)
    with database.begin() as session:
        grant = grants.load(session, settings, record.grant)
        row = records.version_of(session, project, record.version)
        return Order.of(
            session, settings, grant, record.version, snapshot, at=row.delivered
        )


def _check(manifest: Manifest, record: DeliveryRecord) -> None:
    if manifest.digest != record.manifest_sha256:
        raise IntegrityError(
            f"Delivery {record.version} of project {manifest.project} is not the one"
            " the analysis was archived with: its manifest has another hash. Restore"
            " the folder from the backup, or move it away to have it made again."
        )
