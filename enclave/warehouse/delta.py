"""Delta Lake tables of Parquet files that DuckDB wrote, readable by Spark and Trino.

A version is written once and never changed. A table's newest version is not always one
that counts: only what a snapshot's manifest names does.
"""

import json
import secrets
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from deltalake import DeltaTable, Schema
from deltalake.exceptions import DeltaError
from deltalake.transaction import AddAction, create_table_with_add_actions

from enclave.errors import IntegrityError


# Old snapshots stay readable, whoever cleans up with whatever tool.
_KEPT_FOR_EVER = {
    "delta.enableExpiredLogCleanup": "false",
    "delta.logRetentionDuration": "interval 36500 days",
    "delta.deletedFileRetentionDuration": "interval 36500 days",
}


def files(folder: Path, version: int) -> list[str]:
    """Return the Parquet files of one version of the table in a folder.

    Raises
    ------
    IntegrityError
        If the version or one of its files is gone.
    """
    try:
        found = sorted(DeltaTable(str(folder), version=version).file_uris())
        complete = all(Path(file).is_file() for file in found)
    except DeltaError:
        complete = False
    if not complete:
        raise IntegrityError(
            f"Version {version} of the table {folder.name} is not complete any more."
            " Restore the warehouse folder from the backup."
        )
    return found


def replace(folder: Path, file: Path) -> int:
    """Make a Parquet file all that a table holds; return the new version."""
    action, schema = _adopt(folder, file)
    if DeltaTable.is_deltatable(str(folder)):
        table = DeltaTable(str(folder))
        table.create_write_transaction([action], mode="overwrite", schema=schema)
    else:
        create_table_with_add_actions(
            str(folder), schema, [action], configuration=_KEPT_FOR_EVER
        )
    return DeltaTable(str(folder)).version()


def append(folder: Path, file: Path, version: int) -> int:
    """Add a Parquet file's rows to a version of a table; return the new version."""
    table = DeltaTable(str(folder))
    if table.version() != version:
        # A load was killed after it had written here: its version never counted.
        table.restore(version)
        table = DeltaTable(str(folder))
    action, schema = _adopt(folder, file)
    table.create_write_transaction([action], mode="append", schema=schema)
    return DeltaTable(str(folder)).version()


def sweep(folder: Path, versions: set[int]) -> None:
    """Remove the Parquet files that none of these versions needs."""
    needed = {
        Path(file).name for version in versions for file in files(folder, version)
    }
    for file in folder.glob("*.parquet"):
        if file.name not in needed:
            file.unlink()


def _adopt(folder: Path, file: Path) -> tuple[AddAction, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    stored = folder / f"part-{secrets.token_hex(16)}.parquet"
    file.rename(stored)
    footer = pq.ParquetFile(stored)
    status = stored.stat()
    action = AddAction(
        path=stored.name,
        size=status.st_size,
        partition_values={},
        modification_time=int(status.st_mtime * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": footer.metadata.num_rows}),
    )
    return action, Schema.from_arrow(footer.schema_arrow)
