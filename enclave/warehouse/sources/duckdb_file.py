"""A DuckDB database file."""

from pathlib import Path
from typing import Any

import duckdb

from enclave.errors import InputError
from enclave.warehouse.sql import identifier


_BATCH_ROWS = 65_536


class DuckdbFile:
    """Tables and views of a DuckDB database, opened for reading only.

    Raises
    ------
    InputError
        If the file is not there, or no DuckDB database.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InputError(f"There is no DuckDB file {path}. Check the path.")
        self.place = str(path.resolve())
        try:
            self._connection = duckdb.connect(path, read_only=True)
        except duckdb.Error as error:
            raise InputError(
                f"{path} cannot be opened as a DuckDB database: it is another kind of"
                " file, was written by a newer version, or is being written to."
            ) from error

    def tables(self) -> list[str]:
        """Name the tables."""
        rows = self._connection.execute("SHOW TABLES").fetchall()
        return [str(name) for (name,) in rows]

    def columns(self, table: str) -> dict[str, Any]:
        """Name a table's columns, each with the type in which it arrives."""
        schema = self._relation(table).limit(0).to_arrow_table().schema
        return dict(zip(schema.names, schema.types, strict=True))

    def read(self, table: str, columns: list[str]) -> Any:
        """Stream some columns of a table, in that order, never all rows at once."""
        chosen = ", ".join(identifier(name) for name in columns)
        return self._relation(table).project(chosen).to_arrow_reader(_BATCH_ROWS)

    def unreadable(self, table: str) -> int:
        """Return 0: a database has no broken lines."""
        del table
        return 0

    def fingerprint(self) -> None:
        """Return None: the file may change without its content changing."""

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _relation(self, table: str) -> duckdb.DuckDBPyRelation:
        return self._connection.table(identifier(table))
