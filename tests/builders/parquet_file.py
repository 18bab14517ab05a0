"""Parquet files as deliveries hold them."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from enclave.delivery.parquet import groups_of, write_groups


def write_parquet(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables of one schema, one after the other, into a new file."""
    write_groups(path, groups_of([schema.empty_table(), *tables]))
