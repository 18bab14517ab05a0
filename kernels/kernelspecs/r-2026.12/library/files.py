"""The files of a delivery as DuckDB reads them, in whichever format they came."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4


if TYPE_CHECKING:
    import duckdb


# Where the enclave asks to be told what is read; elsewhere nothing is written down.
READINGS = Path("/run/enclave/readings")


class NoDataError(Exception):
    """There is no delivery, or it has no such table."""


_TYPES = {
    "bool": "BOOLEAN",
    "date32[day]": "DATE",
    "double": "DOUBLE",
    "float": "FLOAT",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
}


def relation(
    connection: duckdb.DuckDBPyConnection, folder: Path, facts: dict[str, Any]
) -> duckdb.DuckDBPyRelation:
    """Open one table: as Parquet, or else as the CSV that was granted.

    Raises
    ------
    NoDataError
        If it came in another format only.
    """
    name = facts["name"]
    parquet, text = folder / f"{name}.parquet", folder / f"{name}.csv"
    if parquet.exists():
        return connection.read_parquet(str(parquet))
    if not text.exists():
        raise NoDataError(
            f"The table {name} was delivered as {facts['file']} only, which is read with"
            " SAS, Stata or pandas.read_stata(). Ask for Parquet in the data request."
        )
    types = {each["name"]: _type(each["type"]) for each in facts["columns"]}
    return connection.read_csv(
        str(text), header=True, columns=types, na_values=_missing(folder, name)
    )


def trace(connection: duckdb.DuckDBPyConnection) -> None:
    """Have DuckDB write down which columns of which Parquet file it reads.

    The enclave takes the names of columns from that, and nothing else: what no run ever
    reads need not be asked for again.
    """
    if READINGS.is_dir():
        connection.execute(
            "CALL enable_logging(['PhysicalOperator'], level='DEBUG', storage_path=?)",
            [str(READINGS / f"{uuid4().hex}.csv")],
        )


def _type(arrow: str) -> str:
    if arrow.startswith("timestamp"):
        return "TIMESTAMP"
    if arrow.startswith("decimal128"):
        return "DECIMAL" + arrow.removeprefix("decimal128")
    return _TYPES.get(arrow, "VARCHAR")


def _missing(folder: Path, table: str) -> str:
    """Return the word that stands for a missing value in a table's CSV."""
    with (folder / "data-dictionary.csv").open(encoding="utf-8", newline="") as file:
        return next(row["missing"] for row in csv.DictReader(file) if row["table"] == table)
