"""What is in a table, whatever the order of its rows: digests and differences."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from enclave.canonical import digest
from enclave.warehouse.engine import one_row
from enclave.warehouse.sql import identifier, literal, literals


# Half of an MD5: a sum of whole ones would overflow.
_LOWER = f"CAST({2**64 - 1} AS UHUGEINT)"


@dataclass(frozen=True)
class Content:
    """Size and digest of a table."""

    rows: int
    persons: int | None
    digest: str


def rows_of(files: list[str] | list[Path]) -> str:
    """Return SQL of the rows in some Parquet files."""
    return f"read_parquet([{literals(str(file) for file in files)}])"


def schema_of(
    engine: duckdb.DuckDBPyConnection, files: list[str] | list[Path]
) -> list[tuple[str, str]]:
    """Return the names and types of the columns in some Parquet files."""
    described = engine.execute(f"DESCRIBE FROM {rows_of(files)}").fetchall()
    return [(str(row[0]), str(row[1])) for row in described]


def content(
    engine: duckdb.DuckDBPyConnection, files: list[str] | list[Path]
) -> Content:
    """Measure a table.

    The digest covers the schema and the set of rows: the MD5 of each row's text, summed
    up over all rows, so that neither the order nor the number of files matters. It
    finds changes; what proves a delivery is the SHA-256 of its files.
    """
    schema = schema_of(engine, files)
    has_persons = any(name == "person" for name, _ in schema)
    persons = "count(DISTINCT person)" if has_persons else "NULL"
    rows, found, lower, upper = one_row(
        engine,
        f"FROM (FROM {rows_of(files)} SELECT *, md5_number({row_text(schema)}) AS md5)"
        f" SELECT count(*), {persons}, sum(CAST(md5 & {_LOWER} AS UBIGINT)),"
        " sum(CAST(md5 >> 64 AS UBIGINT))",
    )
    return Content(
        rows=int(rows),
        persons=None if found is None else int(found),
        digest=digest([schema, int(rows), str(lower or 0), str(upper or 0)]),
    )


def write_new_rows(
    engine: duckdb.DuckDBPyConnection,
    old: list[str],
    new: Path,
    file: Path,
) -> bool:
    """Write the rows that ``new`` has and ``old`` lacks, if it lacks no row of ``old``.

    Returns
    -------
    bool
        False if rows were removed or the columns differ; then nothing is written.
    """
    schema = schema_of(engine, old)
    if schema_of(engine, [new]) != schema:
        return False
    hashed = f"SELECT *, md5_number({row_text(schema)}) AS row_hash"
    before = f"(FROM {rows_of(old)} {hashed})"
    after = f"(FROM {rows_of([new])} {hashed})"
    (removed,) = one_row(
        engine,
        f"FROM {before} ANTI JOIN {after} AS other USING (row_hash) SELECT count(*)",
    )
    if removed > 0:
        return False
    engine.execute(
        f"COPY (FROM {after} ANTI JOIN {before} AS other USING (row_hash)"
        f" SELECT * EXCLUDE (row_hash)) TO {literal(str(file))}"
        " (FORMAT parquet, COMPRESSION zstd)"
    )
    return True


def row_text(schema: list[tuple[str, str]]) -> str:
    """Return SQL of a text that two rows share only if they are equal."""
    return "concat(" + ", '|', ".join(_cell_text(*column) for column in schema) + ")"


def _cell_text(name: str, kind: str) -> str:
    # The length keeps 'a|b' and 'a', 'b' apart, the dash what is missing from ''.
    text = f"CAST({identifier(name)} AS VARCHAR)"
    if kind == "VARCHAR":
        text = f"length({text}) || ':' || {text}"
    return f"coalesce({text}, {literal('-')})"
