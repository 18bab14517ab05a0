"""Who has a value of which variable, how many, and from which year to which."""

from collections.abc import Sequence
from pathlib import Path

import duckdb
import numpy as np

from enclave.feasibility.index.persons import column
from enclave.warehouse.engine import one_row
from enclave.warehouse.sql import identifier


Presence = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]

# Columns of a presence, and what stands in a year that is not known.
_PARTS = {"person": "u4", "values": "u4", "first": "u2", "last": "u2"}
NO_FIRST, NO_LAST = 65_535, 0


def write_presence(
    engine: duckdb.DuckDBPyConnection,
    folder: Path,
    table: str,
    columns: Sequence[str],
    date: str | None,
) -> dict[str, int | None]:
    """Write the presence of every column of a table; return the number of each.

    Columns without an empty cell share one presence.

    Parameters
    ----------
    date
        The column with the date of a row, if the table has one.
    """
    rows = f"{identifier(table)} JOIN ordinal USING (person)"
    counts = ", ".join(f"count({identifier(name)})" for name in columns)
    total, *filled = one_row(engine, f"FROM {rows} SELECT count(*), {counts}")
    numbers: dict[str, int | None] = {}
    for number, (name, count) in enumerate(zip(columns, filled, strict=True), start=1):
        if count == total:
            numbers[name] = 0
        else:
            numbers[name] = number if count else None
    for number in sorted({each for each in numbers.values() if each is not None}):
        name = columns[number - 1] if number else "person"
        _write(engine, folder / f"presence-{number}", rows, name, date)
    return numbers


def read_presence(folder: Path, number: int) -> Presence:
    """Open a presence: person, number of values, first and last year."""
    person, values, first, last = (
        column(folder / f"presence-{number}-{part}.npy") for part in _PARTS
    )
    return person, values, first, last


def _write(
    engine: duckdb.DuckDBPyConnection,
    path: Path,
    rows: str,
    name: str,
    date: str | None,
) -> None:
    year = f"year({identifier(date)})" if date else "NULL"
    found = engine.sql(
        f"FROM {rows} SELECT ordinal AS person, count(*) AS values,"
        f" coalesce(min({year}), {NO_FIRST}) AS first,"
        f" coalesce(max({year}), {NO_LAST}) AS last"
        f" WHERE {identifier(name)} IS NOT NULL GROUP BY ordinal ORDER BY ordinal"
    ).to_arrow_table()
    for part, kind in _PARTS.items():
        np.save(f"{path}-{part}.npy", found[part].to_numpy().astype(kind))
