"""Write rows as Parquet so that the same rows are the same bytes.

The file holds nothing but its rows: no time, no host, and row groups of a fixed length
however the rows arrive.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


WRITER = f"pyarrow {pa.__version__}"
# Rows. A project's tools read one group at a time.
ROW_GROUP = 122_880
# Rows that the writer takes at a time; with fewer, statistics cost more than the rest.
_BATCH = 4096


def write_groups(path: Path, groups: Iterator[pa.RecordBatch]) -> None:
    """Write at least one row group, which may be empty, into a new file.

    A dictionary becomes plain values to whoever reads the file: it only saves the
    writer from looking for them.
    """
    first = next(groups)
    with pq.ParquetWriter(
        path,
        first.schema,
        compression="zstd",
        store_schema=False,
        write_batch_size=_BATCH,
    ) as writer:
        for group in chain([first], groups):
            writer.write_batch(group, row_group_size=ROW_GROUP)


def groups_of(tables: Iterable[pa.Table]) -> Iterator[pa.RecordBatch]:
    """Cut rows into groups of equal length, each in one piece.

    Where there is no row at all, there is one group without rows.
    """
    rows = None
    wrote = False
    for table in tables:
        rows = pa.concat_tables([rows, table]) if rows else table
        while len(rows) >= ROW_GROUP:
            yield _one_piece(rows.slice(0, ROW_GROUP))
            rows, wrote = rows.slice(ROW_GROUP), True
    if rows is not None and (len(rows) or not wrote):
        yield _one_piece(rows)


def _one_piece(rows: pa.Table) -> pa.RecordBatch:
    if not len(rows):
        return pa.RecordBatch.from_pylist([], rows.schema)
    (piece,) = rows.unify_dictionaries().combine_chunks().to_batches()
    return piece
