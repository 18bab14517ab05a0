"""CSV as people send it: UTF-8, a line of names, commas, quotes where needed."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from enclave.airlock.conversion.readers.table import Table, UnreadableError


_ROWS = 10_000
_READ = (
    "SELECT * FROM read_csv(?, all_varchar = true, header = true, strict_mode = true,"
    " delim = ',', quote = '\"', encoding = 'utf-8')"
)


def open_csv(path: Path) -> Table:
    """Open a CSV; every value is a text, and an empty one is missing."""
    connection = duckdb.connect(config={"threads": 1, "memory_limit": "1GB"})
    connection.execute("SET enable_progress_bar = false")
    try:
        names = connection.sql(f"{_READ} LIMIT 0", params=[str(path)]).columns
    except duckdb.Error as error:
        raise UnreadableError("csv") from error

    def batches() -> Iterator[pa.RecordBatch]:
        rows = connection.sql(_READ, params=[str(path)])
        try:
            yield from rows.to_arrow_reader(_ROWS)
        except (duckdb.Error, pa.ArrowException) as error:
            raise UnreadableError("csv") from error

    return Table("csv", tuple(names), ("",) * len(names), batches)
