"""An uploaded file as a table of texts: what the sandbox made of it, and nothing else.

No reader of what people send runs here. A plain CSV is all that comes out of the
sandbox of a conversion, and it was looked through before.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from enclave.airlock.conversion.plain_csv import MISSING, MOST_ROW_BYTES, PlainCsv
from enclave.airlock.conversion.refusals import (
    IMPLAUSIBLE,
    fault_of_the_host,
    refusal,
)
from enclave.warehouse.sql import literal


_ROWS = 10_000
# Nothing is spilt: it would lie where nobody looks for it, and be left by a crash.
_BOUNDS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "10GB",
    "temp_directory": "",
}


class UploadedTable:
    """A plain CSV as a table of texts, with the numbers of its rows."""

    def __init__(self, path: Path, plain: PlainCsv) -> None:
        self.rows = plain.rows
        self._names = plain.names
        # By their place: no name of a file becomes part of a statement.
        self._columns = {name: f"c{at}" for at, name in enumerate(plain.names)}
        self._connection = duckdb.connect(config=_BOUNDS)
        self._connection.execute("SET enable_progress_bar = false")
        try:
            self._connection.execute(
                "CREATE TABLE upload AS SELECT row_number() OVER () AS _row, * FROM"  # noqa: S608 - a quoted path, c0, c1, …
                f" read_csv({literal(str(path))}, {self._layout()})"
            )
        # Without a cause, which quotes the row.
        except (duckdb.InvalidInputException, duckdb.ConversionException):
            raise refusal(IMPLAUSIBLE) from None
        except duckdb.Error as error:
            raise fault_of_the_host(type(error).__name__) from None
        counted = self._connection.execute("SELECT count(*) FROM upload").fetchall()
        if counted != [(plain.rows,)]:
            raise refusal(IMPLAUSIBLE)

    def _layout(self) -> str:
        """Say all there is to know about a plain CSV: nothing of it is guessed."""
        columns = ", ".join(f"'{one}': 'VARCHAR'" for one in self._columns.values())
        return (
            f"auto_detect = false, columns = {{{columns}}}, header = true, delim = ',',"
            " quote = '\"', escape = '\"', new_line = '\\n', nullstr = '',"
            " allow_quoted_nulls = false, strict_mode = true, encoding = 'utf-8',"
            # Several at once take a line within a quoted text for the first of theirs.
            " parallel = false, comment = '', skip = 0,"
            f" max_line_size = {MOST_ROW_BYTES + 1}"
        )

    @property
    def names(self) -> list[str]:
        """The columns, as the first line names them, without those of kinds."""
        return [name for name in self._names if not self._says_kinds(name)]

    def _says_kinds(self, name: str) -> bool:
        return name.endswith(MISSING) and name.removesuffix(MISSING) in self._columns

    def kinds_of(self, name: str) -> str | None:
        """Name the column that says of which kind missing values of a column are."""
        kinds = f"{name}{MISSING}"
        return kinds if kinds in self._columns else None

    def values(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Return each different value (or pair), how often, and the first rows."""
        columns = [self._columns[name] for name in names]
        listed = ", ".join(columns)
        filled = " AND ".join(f"{column} <> ''" for column in columns)
        result = self._connection.execute(
            f"SELECT {listed}, count(*), min(_row) FROM upload WHERE {filled}"  # noqa: S608 - c0, c1, …
            f" GROUP BY {listed} ORDER BY min(_row)"
        )
        while rows := result.fetchmany(10_000):
            yield from rows

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column as it came."""
        query = f"SELECT {self._columns[name]} FROM upload ORDER BY _row"  # noqa: S608
        found = self._connection.sql(query).to_arrow_reader(_ROWS)
        return pa.chunked_array([batch.column(0) for batch in found], pa.string())
