"""A snapshot: one load's state of every table, kept for ever."""

import hashlib
from functools import cached_property
from pathlib import Path

import duckdb
from pydantic import TypeAdapter

from enclave.errors import IntegrityError, NotFoundError
from enclave.warehouse import delta
from enclave.warehouse.catalogue import Catalogue, TableEntry
from enclave.warehouse.content import rows_of
from enclave.warehouse.engine import reading_engine
from enclave.warehouse.events import events_view, observed_view
from enclave.warehouse.manifest import SnapshotManifest
from enclave.warehouse.sql import identifier


ENTRIES = TypeAdapter(tuple[TableEntry, ...])


class Snapshot:
    """One snapshot of the warehouse in a folder; nothing ever changes it."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.manifest = SnapshotManifest.read(folder / "snapshots", number)

    @property
    def number(self) -> int:
        """Its number; a later snapshot has a higher one."""
        return self.manifest.number

    @property
    def digest(self) -> str:
        """SHA-256 of its manifest."""
        return self.manifest.digest

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every table and variable of the snapshot.

        Raises
        ------
        IntegrityError
            If the catalogue was changed after it was written.
        """
        path = self.folder / "catalogues" / f"{self.number:06d}.json"
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != self.manifest.catalogue:
            raise IntegrityError(
                f"The catalogue of snapshot {self.number} was changed after it was"
                " written. Restore the warehouse folder from the backup."
            )
        codes = self.files("code") if "code" in self.manifest.tables else []
        return Catalogue.of(ENTRIES.validate_json(content), codes)

    def files(self, table: str) -> list[str]:
        """Return the Parquet files of one table.

        Raises
        ------
        NotFoundError
            If the snapshot has no such table.
        IntegrityError
            If a file is gone.
        """
        if table not in self.manifest.tables:
            raise NotFoundError(
                f"Snapshot {self.number} has no table {table!r}. It has:"
                f" {', '.join(self.manifest.tables)}."
            )
        version = self.manifest.tables[table].version
        return delta.files(self.folder / "tables" / table, version)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Open an engine in memory: a view per table, ``events`` and ``observed``."""
        engine = reading_engine()
        for name in self.manifest.tables:
            engine.execute(
                f"CREATE VIEW {identifier(name)} AS FROM {rows_of(self.files(name))}"
            )
        engine.execute(events_view(self.catalogue.tables))
        engine.execute(observed_view(self.catalogue.tables))
        return engine
