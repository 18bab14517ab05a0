"""Any database that Ibis can read: PostgreSQL, SQL Server, Spark, Trino and others."""

from typing import Any
from urllib.parse import urlsplit

import ibis
import ibis.expr.datatypes as dt

from enclave.errors import InputError


# Some drivers hand out Python objects: this many rows of them fit in memory.
_BATCH_ROWS = 50_000


class IbisBackend:
    """Tables and views that an Ibis URL leads to.

    Types that the warehouse does not know (decimal, uuid, json) arrive as text, cast by
    the database itself, so that no digit is lost on the way.

    Raises
    ------
    InputError
        If nothing answers at that address.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        at = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
        self.place = f"{parts.scheme}://{at}{parts.path}"
        try:
            self._backend = ibis.connect(url)
        # Every backend raises errors of its own.
        except Exception as error:
            raise InputError(
                f"Cannot connect to {self.place}: {type(error).__name__}. Check the"
                " address, the account and that Ibis has this backend installed."
            ) from error

    def tables(self) -> list[str]:
        """Name the tables."""
        return sorted(self._backend.list_tables())

    def columns(self, table: str) -> dict[str, Any]:
        """Name a table's columns, each with the type in which it arrives."""
        schema = self._expression(table).schema().to_pyarrow()
        return dict(zip(schema.names, schema.types, strict=True))

    def read(self, table: str, columns: list[str]) -> Any:
        """Stream some columns of a table, in that order, never all rows at once."""
        chosen = self._expression(table).select(*columns)
        return chosen.to_pyarrow_batches(chunk_size=_BATCH_ROWS)

    def unreadable(self, table: str) -> int:
        """Return 0: a database has no broken lines."""
        del table
        return 0

    def fingerprint(self) -> None:
        """Return None: only reading a database tells whether it has changed."""

    def close(self) -> None:
        """End the connection."""
        self._backend.disconnect()

    def _expression(self, table: str) -> Any:
        stored = self._backend.table(table)
        return stored.select(**{name: _known(stored[name]) for name in stored.columns})


def _known(column: Any) -> Any:
    kind = column.type()
    known = (
        kind.is_string()
        or kind.is_integer()
        or kind.is_boolean()
        or kind.is_date()
        or kind.is_timestamp()
        or isinstance(kind, dt.Float64 | dt.Float32)
    )
    return column if known else column.cast("string")
