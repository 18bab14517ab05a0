"""The columns of a source table on their way in."""

import re
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from enclave.errors import InputError
from enclave.warehouse.column import Column
from enclave.warehouse.sql import identifier, literals
from enclave.warehouse.vocabulary import ValueType


_NATIVE: dict[ValueType, Callable[[Any], bool]] = {
    "integer": pa.types.is_integer,
    "number": lambda kind: pa.types.is_integer(kind) or pa.types.is_floating(kind),
    "date": lambda kind: pa.types.is_date(kind) or pa.types.is_timestamp(kind),
    "datetime": lambda kind: pa.types.is_date(kind) or pa.types.is_timestamp(kind),
    "boolean": pa.types.is_boolean,
}


class Inputs:
    """The source columns of one table, as they arrive in a stream.

    Parameters
    ----------
    kinds
        Arrow type of each source column that was found.
    found
        For each list of names in the mapping, the source column, or ``None`` where an
        optional one is absent.
    missing
        Texts that mean "no value" unless a column says otherwise.
    """

    def __init__(
        self,
        kinds: dict[str, Any],
        found: dict[tuple[str, ...], str | None],
        missing: tuple[str, ...],
    ) -> None:
        self._kinds = kinds
        self._found = found
        self._missing = missing
        self._cleaned: dict[tuple[str, tuple[str, ...]], str] = {}

    def text(self, names: tuple[str, ...], column: Column | None = None) -> str:
        """Return the SQL of a source column's cleaned text."""
        source = self._found[names]
        if source is None:
            return "CAST(NULL AS VARCHAR)"
        key = (source, self._tokens(column))
        return self._cleaned.setdefault(key, f"_{len(self._cleaned)}")

    def native(self, column: Column) -> str | None:
        """Return the source column itself where it is of the right type already.

        Going by way of text would be right too, and several times slower.
        """
        source = self._found[column.source]
        if source is None or any(
            re.search(r"\d", each) for each in self._tokens(column)
        ):
            return None
        fits = _NATIVE.get(column.type)
        return identifier(source) if fits and fits(self._kinds[source]) else None

    def cleaning(self) -> list[str]:
        """Return the SQL of every cleaned text that was asked for, with its name."""
        return [
            f"{_cleaned(source, missing)} AS {name}"
            for (source, missing), name in self._cleaned.items()
        ]

    def _tokens(self, column: Column | None) -> tuple[str, ...]:
        if column is None or column.missing is None:
            return self._missing
        return column.missing


def _cleaned(name: str, missing: tuple[str, ...]) -> str:
    text = f"trim(CAST({identifier(name)} AS VARCHAR))"
    if not missing:
        return text
    return f"CASE WHEN {text} NOT IN ({literals(missing)}) THEN {text} END"


def refuse_lossy(column: str, kind: Any, *, wants_text: bool) -> None:
    """Refuse to read text out of a float, or a local time out of a time with a zone.

    Raises
    ------
    InputError
        Naming the column and what the source should offer instead.
    """
    if wants_text and pa.types.is_floating(kind):
        raise InputError(
            f"The source column {column} is a floating-point number, and the mapping"
            " wants text: leading zeros and long ids may be lost already. Offer it as"
            " text or as an integer in the source."
        )
    if pa.types.is_timestamp(kind) and kind.tz is not None:
        raise InputError(
            f"The source column {column} is a time with a time zone, and the warehouse"
            " keeps local times: its days could shift. Offer the local time in a view."
        )
