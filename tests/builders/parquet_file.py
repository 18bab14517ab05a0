"""Parquet files as deliveries hold them."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from enclave.delivery.parquet import encoded, groups_of, one_piece, write_groups


def write_parquet(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables of one schema, one after the other, into a new file."""
    groups = groups_of([schema.empty_table(), *tables])
    write_groups(path, (encoded(one_piece(group)) for group in groups))
