"""What every source can do, and how its columns are found by name."""

import re
from collections.abc import Iterable
from typing import Protocol

import pyarrow as pa


# Old exports carry the expression that made a column as its header, for instance
# date(birth_datetime,'unixepoch').
_EXPRESSION = re.compile(r"\w+\((\w+)\s*(?:,.*)?\)")


class Source(Protocol):
    """Tables of one source, read as streams.

    Attributes
    ----------
    place
        Where it is, for people; holds no password.
    """

    place: str

    def tables(self) -> list[str]:
        """Name the tables."""
        ...

    def columns(self, table: str) -> dict[str, pa.DataType]:
        """Name a table's columns, each with the type in which it arrives."""
        ...

    def read(self, table: str, columns: list[str]) -> pa.RecordBatchReader:
        """Stream some columns of a table, in that order, never all rows at once."""
        ...

    def unreadable(self, table: str) -> int:
        """Count the lines that the last reading of a table had to leave out."""
        ...

    def fingerprint(self) -> str | None:
        """Return what changes when the source does; None if only reading can tell."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


def find(wanted: Iterable[str], present: Iterable[str]) -> str | None:
    """Return the first wanted name that is present, whatever its case.

    A header that is an expression around one column counts as that column.
    """
    names: dict[str, str] = {}
    for name in present:
        plain = _EXPRESSION.fullmatch(name.strip())
        if plain:
            names.setdefault(plain[1].lower(), name)
    names |= {name.strip().lower(): name for name in present}
    return next((names[each.lower()] for each in wanted if each.lower() in names), None)
