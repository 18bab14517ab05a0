"""In which units each source delivers the values of a table.

The same test comes in mg/L from one laboratory and in nmol/L from another. Whoever asks
for a value above a limit has to know. It is told for whole tables and sources, never
for a code: that would be a count of the patients who have it.
"""

from functools import lru_cache
from pathlib import Path

import duckdb

from enclave.portal.catalogue.answers import UnitShare
from enclave.warehouse.catalogue import TableEntry
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier


# Of how many persons a source must have values in a unit, for that to be told.
FEWEST_PERSONS = 100


def units(snapshot: Snapshot) -> tuple[UnitShare, ...]:
    """Return the units of every table with values, the most frequent first."""
    return _units(snapshot.folder, snapshot.number)


@lru_cache(maxsize=4)
def _units(folder: Path, number: int) -> tuple[UnitShare, ...]:
    # A snapshot never changes, and counting all its rows takes a while.
    snapshot = Snapshot(folder, number)
    with snapshot.connect() as engine:
        return tuple(
            share
            for table in snapshot.catalogue.tables
            if table.kind == "event" and table.role("value")
            for share in _of_table(engine, table)
        )


def _of_table(engine: duckdb.DuckDBPyConnection, table: TableEntry) -> list[UnitShare]:
    value, unit, source = (table.role(role) for role in ("value", "unit", "source"))
    if value is None or unit is None:
        return []
    by_source = identifier(source.name) if source else "NULL"
    of_units = (
        f"FROM {identifier(table.name)} SELECT CAST({by_source} AS VARCHAR) AS source,"
        f" CAST({identifier(unit.name)} AS VARCHAR) AS unit, count(*) AS events,"
        f" count(DISTINCT person) AS persons WHERE {identifier(value.name)} IS NOT NULL"
        " GROUP BY ALL"
    )
    rows = engine.execute(
        f"FROM ({of_units}) SELECT source, unit, events / sum(events) OVER () AS share,"
        f" persons QUALIFY persons >= {FEWEST_PERSONS}"
        " ORDER BY share DESC, source, unit"
    ).fetchall()
    return [
        UnitShare(table=table.name, source=where, unit=name, share=round(share, 2))
        for where, name, share, _ in rows
    ]
