"""An uploaded file as a table of texts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from enclave.errors import InputError
from enclave.warehouse.sql import identifier


class UploadedTable:
    """An uploaded file as a table of texts, with the numbers of its rows."""

    def __init__(self, path: Path) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("SET enable_progress_bar = false")
        try:
            self._connection.execute(
                "CREATE TABLE upload AS SELECT row_number() OVER () AS _row, * FROM"
                " read_csv(?, all_varchar = true, header = true, strict_mode = true,"
                " delim = ',', quote = '\"', encoding = 'utf-8')",
                [str(path)],
            )
        except duckdb.Error as error:
            raise InputError(
                "The file is no CSV that can be read whole: UTF-8, a line of names,"
                f" commas, quotes where needed ({type(error).__name__})."
            ) from error

    @property
    def names(self) -> list[str]:
        """The columns, as the first line names them."""
        rows = self._connection.execute("DESCRIBE upload").fetchall()
        return [row[0] for row in rows][1:]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(
            self._connection.execute("SELECT count(*) FROM upload").fetchall()[0][0]
        )

    def values(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Return each different value (or pair), how often, and the first rows."""
        listed = ", ".join(map(identifier, names))
        filled = " AND ".join(f"{identifier(name)} <> ''" for name in names)
        result = self._connection.execute(
            f"SELECT {listed}, count(*), min(_row) FROM upload WHERE {filled}"  # noqa: S608 - quoted names
            f" GROUP BY {listed} ORDER BY min(_row)"
        )
        while rows := result.fetchmany(10_000):
            yield from rows

    def column(self, name: str) -> list[str | None]:
        """Return a column as it came."""
        query = f"SELECT {identifier(name)} FROM upload ORDER BY _row"  # noqa: S608
        return [row[0] for row in self._connection.execute(query).fetchall()]
