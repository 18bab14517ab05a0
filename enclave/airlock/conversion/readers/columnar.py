"""Parquet files."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.airlock.conversion.plain_csv import MOST_ROWS
from enclave.airlock.conversion.readers.table import Table
from enclave.airlock.conversion.readers.texts import declared_as
from enclave.airlock.conversion.readers.unreadable import UnreadableError
from enclave.airlock.conversion.readers.writing import table_of


_ROWS = 10_000
# What a footer may claim. It is read before anything is, and the claims are not true
# because they are made: memory is bounded, too.
_MOST_GROUPS = 1 << 20


def open_parquet(path: Path) -> Table:
    """Open a Parquet file of plain columns."""
    pa.set_cpu_count(1)
    file = pq.ParquetFile(path, memory_map=True, pre_buffer=False)
    about, schema = file.metadata, file.schema_arrow
    if about.num_rows > MOST_ROWS or about.num_row_groups > _MOST_GROUPS:
        raise UnreadableError("too_large")
    declared = tuple(declared_as(kind) for kind in schema.types)
    # A column of nothing has no type, as pandas writes it.
    typed = zip(declared, schema.types, strict=True)
    if any(not word and not pa.types.is_null(kind) for word, kind in typed):
        raise UnreadableError("nested")

    def batches() -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in file.iter_batches(_ROWS, use_threads=False):
            yield batch
            rows += batch.num_rows
        if rows != about.num_rows:
            raise UnreadableError("damaged")

    return table_of("parquet", tuple(schema.names), declared, batches)
