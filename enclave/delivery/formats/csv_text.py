"""CSV: UTF-8, names first, commas, decimal points, ISO dates, a word for missing."""

from pathlib import Path

import duckdb

from enclave.delivery.formats.layout import Field, Layout
from enclave.delivery.parquet import ROW_GROUP
from enclave.errors import InputError
from enclave.warehouse.content import rows_of, schema_of
from enclave.warehouse.engine import reading_engine
from enclave.warehouse.sql import identifier, literal, literals


# A missing value is the first of these that is nobody's text in the table.
TOKENS = ("NA", "<NA>", "<<missing>>")
DICTIONARY = "data-dictionary.csv"
_GROUPS = 8


def write_csv(layout: Layout, path: Path) -> str:
    """Write one table, and return the word that stands for a missing value."""
    columns = ", ".join(_written(field) for field in layout.fields)
    with reading_engine() as engine:
        engine.execute("SET memory_limit = ?", [f"{_mebibytes(layout)}MiB"])
        token = _token(layout, engine)
        engine.execute(
            f"COPY (FROM {rows_of([layout.path])} SELECT {columns})"
            f" TO {literal(str(path))} (FORMAT csv, HEADER, NULLSTR {literal(token)})"
        )
    return token


def _mebibytes(layout: Layout) -> int:
    """Say how many rows may wait for those before them: not more for a longer table.

    Each thread holds some row groups whole, as wide as their longest texts.
    """
    return 256 + _GROUPS * (ROW_GROUP * layout.record >> 20)


def _written(field: Field) -> str:
    name = identifier(field.name)
    if field.kind == "datetime":
        # Without a blank, so that every reader takes it for one value.
        return f"replace(CAST({name} AS VARCHAR), ' ', 'T') AS {name}"
    return name


def _token(layout: Layout, engine: duckdb.DuckDBPyConnection) -> str:
    rows = rows_of([layout.path])
    met = " UNION ALL ".join(
        f"FROM {rows} SELECT {identifier(name)} AS text"
        f" WHERE {identifier(name)} IN ({literals(TOKENS)})"
        for name, kind in schema_of(engine, [layout.path])
        if kind == "VARCHAR"
    )
    found = engine.execute(f"FROM ({met}) SELECT DISTINCT text").fetchall()
    for token in TOKENS:
        if (token,) not in found:
            return token
    raise InputError(
        f"Table {layout.name} holds the texts {' and '.join(TOKENS)}, so CSV has"
        " no word left for a missing value: ask for Parquet, SAS or Stata."
    )
