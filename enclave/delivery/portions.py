"""Rows in portions that fit into memory, each with all rows of its persons.

What fits as a whole is one portion. What does not is written to the engine's own folder
for such things, in one pass and by ranges of persons, and read back range by range.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from enclave.delivery.parquet import ROW_GROUP
from enclave.delivery.selection import RANK
from enclave.warehouse.sql import literal


# Bytes of one portion, as Arrow holds it. Sorting takes a few times as much.
PORTION = 64 << 20


def portions(
    connection: duckdb.DuckDBPyConnection,
    rows: duckdb.DuckDBPyRelation,
    persons: int,
) -> Iterator[pa.Table]:
    """Yield all rows, in the order of the persons' numbers but not sorted further.

    Parameters
    ----------
    rows
        With the number of each row's person, from 0 to ``persons`` - 1.
    """
    first, width = _first(rows)
    if first is not None:
        yield first
        return
    ((total,),) = rows.aggregate("count(*)").fetchall()
    number = -(-total * width // PORTION)
    ((place,),) = connection.sql("SELECT current_setting('temp_directory')").fetchall()
    Path(place).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place) as folder:
        step = -(-persons // number)
        rows.project(f"*, {RANK} // {step} AS _portion").create_view("_portioned")
        connection.execute(
            f"COPY _portioned TO {literal(folder)} (FORMAT parquet,"
            " COMPRESSION snappy, PARTITION_BY (_portion), OVERWRITE_OR_IGNORE)"
        )
        connection.execute("DROP VIEW _portioned")
        for one in range(number):
            part = Path(folder) / f"_portion={one}"
            if part.exists():
                put_aside = connection.read_parquet(
                    f"{part}/*.parquet", hive_partitioning=False
                )
                yield put_aside.to_arrow_table().combine_chunks()
                shutil.rmtree(part)


def _first(rows: duckdb.DuckDBPyRelation) -> tuple[pa.Table | None, int]:
    """Fetch the rows if they fit into one portion; else say how wide one is."""
    batches, size = [], 0
    with rows.to_arrow_reader(ROW_GROUP) as reader:
        for batch in reader:
            batches.append(batch)
            size += batch.nbytes
            if size > PORTION:
                return None, max(1, size // sum(map(len, batches)))
        table = pa.Table.from_batches(batches, schema=reader.schema)
    return table.combine_chunks(), 0
