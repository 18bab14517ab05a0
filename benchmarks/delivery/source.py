"""The rows that every way selects from: half of the persons, most days, three columns.

Values repeat as a laboratory's do: fifty codes, ten thousand values, eleven years.
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from enclave.delivery.engine import bounded
from enclave.warehouse.catalogue import Catalogue, Profile, TableEntry, Variable
from enclave.warehouse.vocabulary import Label


# Where a delivery puts aside what does not fit into memory.
SPILL = "spill"
FIRST, LAST = "2010-01-01", "2017-12-31"
SELECTION = (
    "FROM lab WHERE person IN (SELECT person FROM cohort)"
    f" AND date BETWEEN '{FIRST}' AND '{LAST}'"
)
COLUMNS = {
    "person": ("integer", "person"),
    "date": ("date", "date"),
    "code": ("string", "code"),
    "value": ("number", "value"),
}


def write(path: Path, rows: int) -> None:
    """Write laboratory results of ``rows`` / 25 persons, in no order."""
    duckdb.sql(f"FROM range({rows})").project(
        f"(hash(range) % {rows // 25})::BIGINT AS person,"
        " DATE '2008-01-01' + (hash(range, 1) % 4000)::INTEGER AS date,"
        " 'NPU' || (10000 + hash(range, 2) % 50) AS code,"
        " (hash(range, 3) % 10000) / 10 AS value"
    ).to_parquet(str(path))


def cohort(rows: int) -> pa.Table:
    keys = np.arange(0, rows // 25, 2)
    nothing = pa.nulls(len(keys), pa.date32())
    return pa.table({"person": pa.array(keys), "index_date": nothing})


def connected(path: Path, persons: pa.Table) -> duckdb.DuckDBPyConnection:
    """Connect as DuckDB does by itself, to the rows and the cohort."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"CREATE VIEW lab AS FROM '{path}'")
    connection.register("arriving", persons)
    connection.execute("CREATE TABLE cohort AS FROM arriving")
    connection.unregister("arriving")
    return connection


def delivering(path: Path) -> duckdb.DuckDBPyConnection:
    """Connect as a delivery does, within its memory."""
    connection = duckdb.connect()
    bounded(connection, path.parent / SPILL)
    connection.execute(f"CREATE VIEW lab AS FROM '{path}'")
    return connection


def catalogue() -> Catalogue:
    label = Label(en="x", da="x")
    variables = tuple(
        Variable(
            table="lab",
            name=name,
            label=label,
            type=kind,
            unit=None,
            role=role,
            code_system=None,
            sensitivity="plain",
            profile=Profile(missing=0.0, distinct="11-100"),
        )
        for name, (kind, role) in COLUMNS.items()
    )
    entry = TableEntry(
        name="lab",
        kind="event",
        label=label,
        rows=0,
        persons=0,
        coverage_from=None,
        coverage_to=None,
        code_system=None,
        variables=variables,
    )
    return Catalogue.of((entry,), [])
