"""Write rows as Parquet so that the same rows are the same bytes.

The file holds nothing but its rows: no time, no host, and row groups of a fixed length
however the rows arrive.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


WRITER = f"pyarrow {pa.__version__}"
# Rows. A project's tools read one group at a time.
ROW_GROUP = 122_880


def write_parquet(path: Path, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write tables of one schema, one after the other, into a new file."""
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for group in _groups(tables):
            writer.write_table(group, row_group_size=ROW_GROUP)


def _groups(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut rows into groups of equal length, each in one piece."""
    waiting: list[pa.Table] = []
    for table in tables:
        rows = pa.concat_tables([*waiting, table])
        while len(rows) >= ROW_GROUP:
            yield rows.slice(0, ROW_GROUP).combine_chunks()
            rows = rows.slice(ROW_GROUP)
        waiting = [rows]
    for rest in waiting:
        if len(rest):
            yield rest.combine_chunks()
