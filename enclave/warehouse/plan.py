"""Which table and column of the source each one of the mapping is read from."""

from dataclasses import dataclass
from typing import Any

from enclave.errors import InputError
from enclave.warehouse.inputs import Inputs, refuse_lossy
from enclave.warehouse.mapping import Mapping, TableMapping
from enclave.warehouse.sources.source import Source, find


_SHOWN = 12


@dataclass(frozen=True)
class Reading:
    """One table of the source that is read for one table of the warehouse."""

    part: TableMapping
    table: str
    kinds: dict[str, Any]
    found: dict[tuple[str, ...], str | None]
    missing: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """The source columns that are read."""
        return sorted({name for name in self.found.values() if name is not None})

    def inputs(self) -> Inputs:
        """Return the source columns as they arrive in a stream."""
        return Inputs(self.kinds, self.found, self.missing)


def plan(mapping: Mapping, source: Source) -> list[Reading]:
    """Find everything that the mapping wants.

    Raises
    ------
    InputError
        Naming every table and column that the source lacks, and what it has instead.
    """
    tables = source.tables()
    readings, lacking = [], []
    for part in mapping.tables:
        table = find(part.source, tables)
        if table is not None:
            reading, missing = _reading(mapping, part, source, table)
            readings.append(reading)
            lacking += missing
        elif not part.optional:
            lacking.append(f"table {' or '.join(part.source)}")
    if lacking:
        raise InputError(
            f"The mapping {mapping.name} does not fit {source.place}. Missing:"
            f" {_short(lacking)}. The source has the tables {_short(tables)}. Choose"
            " the mapping that was made for this source."
        )
    return readings


def _reading(
    mapping: Mapping, part: TableMapping, source: Source, table: str
) -> tuple[Reading, list[str]]:
    kinds = source.columns(table)
    found: dict[tuple[str, ...], str | None] = {}
    missing = []
    for column in part.columns:
        for names in column.sources() if column.stored else []:
            found[names] = find(names, kinds)
            if found[names] is None and not column.optional:
                missing.append(f"column {' or '.join(names)} in table {table}")
        name = found.get(column.source)
        if name is not None and not column.recode:
            wants_text = column.role == "person" or column.type in {"string", "person"}
            refuse_lossy(f"{table}.{name}", kinds[name], wants_text=wants_text)
    if part.where is not None:
        found[part.where.source] = find(part.where.source, kinds)
        if found[part.where.source] is None:
            missing.append(f"column {part.where.source[0]} in table {table}")
    return Reading(part, table, kinds, found, mapping.missing), missing


def _short(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
