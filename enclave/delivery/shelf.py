"""The versions of one project: a folder each, and a row with its audit event."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from enclave import durable
from enclave.delivery import folders, records
from enclave.delivery import grant as grants
from enclave.delivery import manifest as manifests
from enclave.delivery.building import build
from enclave.delivery.engine import Opener, on_this_machine
from enclave.delivery.grant import Grant
from enclave.delivery.manifest import Manifest
from enclave.delivery.order import Order
from enclave.errors import IntegrityError
from enclave.lock import exclusive
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database
from enclave.store.delivery_tables import DeliveredVersion
from enclave.warehouse.snapshot import Snapshot


@dataclass(frozen=True)
class Delivery:
    """One version of a project's data, there to be used."""

    project: str
    version: int
    folder: Path
    manifest: Manifest


class Shelf:
    """Where a project's versions stand, on disk and on record.

    Parameters
    ----------
    engine
        What makes those that are not there.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        project: str,
        engine: Opener = on_this_machine,
    ) -> None:
        self._engine = engine
        self.project = project
        self.folder = folders.project_folder(settings, project)
        self._settings = settings
        self._database = database
        self._signer = Signer.load(settings)

    def alone(self) -> AbstractContextManager[None]:
        """Keep other processes from delivering to the project meanwhile."""
        return exclusive(self.folder / ".lock")

    def tidy(self, actor: str, at: datetime) -> None:
        """Put right what a killed process left: half folders, versions off record."""
        durable.sweep_partials(self.folder)
        with self._database.begin() as session:
            rows = records.of_project(session, self.project)
            recorded = {self._path(row.grant_id, row.version) for row in rows}
            for folder in sorted(self.folder.glob("*/[0-9]*")):
                if folder not in recorded:
                    manifest = self._verified(folder)
                    grant = grants.load(session, self._settings, manifest.grant)
                    _check_origin(folder, manifest, grant)
                    records.record(session, grant, manifest, actor, at)

    def add(
        self, grant: Grant, snapshot: Snapshot, actor: str, at: datetime
    ) -> Delivery:
        """Make the next version, publish it, and record it."""
        with self._database.begin() as session:
            version = records.last_version(session, grant.project_number) + 1
        delivery = self._publish(grant, snapshot, version, at)
        with self._database.begin() as session:
            records.record(session, grant, delivery.manifest, actor, at)
        return delivery

    def take(self, row: DeliveredVersion, grant: Grant, snapshot: Snapshot) -> Delivery:
        """Return a version that is on record, made again if its folder is gone.

        Raises
        ------
        IntegrityError
            If it is not, bit by bit, what was delivered.
        """
        folder = self._path(grant.id, row.version)
        if folder.exists():
            manifest = self._verified(folder)
        else:
            manifest = self._publish(
                grant, snapshot, row.version, row.delivered, row.manifest_digest
            ).manifest
        _check_digest(folder, manifest, row.manifest_digest)
        return Delivery(self.project, row.version, folder, manifest)

    def _publish(
        self,
        grant: Grant,
        snapshot: Snapshot,
        version: int,
        at: datetime,
        expected: str | None = None,
    ) -> Delivery:
        with self._database.begin() as session:
            order = Order.of(session, self._settings, grant, version, snapshot, at=at)
        folder = self._path(grant.id, version)
        # Not where a workspace would see it half made.
        with durable.new_folder(folder, drafts=self.folder) as partial:
            manifest = build(order, partial, self._signer, self._engine)
            if expected is not None:
                _check_digest(folder, manifest, expected)
        return Delivery(self.project, version, folder, manifest)

    def _path(self, grant: str, version: int) -> Path:
        return folders.version_folder(self._settings, self.project, grant, version)

    def _verified(self, folder: Path) -> Manifest:
        return manifests.verify_folder(folder, trusted_key=self._signer.public_key)


def _check_digest(folder: Path, manifest: Manifest, expected: str) -> None:
    if manifest.digest != expected:
        raise IntegrityError(
            f"{folder} is not what was delivered under that number. Restore it from the"
            " backup."
        )


def _check_origin(folder: Path, manifest: Manifest, grant: Grant) -> None:
    there = (manifest.project, f"{manifest.version:04d}", manifest.grant_digest)
    place = (grant.project, folder.name, grant.digest)
    if there != place or folder.parent.name != grant.id:
        raise IntegrityError(
            f"{folder} is not on record and does not belong there. Move it away, and"
            " find out where it comes from."
        )
