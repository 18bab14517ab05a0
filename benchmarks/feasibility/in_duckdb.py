"""The six queries in DuckDB, on the two layouts that serve them best."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from benchmarks.feasibility.queries import Dialect, Queries, by_text, sql
from benchmarks.feasibility.source import DOMAINS


NATIVE = "register.duckdb"


def prepare(folder: Path) -> None:
    """Write the layouts: sorted by code, person and date, as Parquet and natively."""
    (folder / "sorted").mkdir()
    spill = {"memory_limit": "3GB", "temp_directory": str(folder / "spill")}
    engine = duckdb.connect(folder / NATIVE, config=spill)
    source = folder / "source"
    engine.execute(f"CREATE TABLE person AS FROM '{source}/person.parquet'")
    for domain in DOMAINS:
        name, file = domain.name, folder / "sorted" / f"{domain.name}.parquet"
        engine.execute(
            f"COPY (FROM '{source}/{name}.parquet' ORDER BY code, id, date)"
            f" TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
        )
        engine.execute(
            f"CREATE TABLE {name}_code AS SELECT code, CAST(row_number() OVER"
            f" (ORDER BY code) - 1 AS USMALLINT) AS number"
            f" FROM (SELECT DISTINCT code FROM '{file}')"
        )
        value = ", CAST(value AS FLOAT) AS value" if domain.measured else ""
        engine.execute(
            f"CREATE TABLE {name} AS SELECT number, CAST(id AS INTEGER) AS id, date"
            f"{value} FROM '{file}' JOIN {name}_code USING (code)"
            " ORDER BY number, id, date"
        )
    engine.close()


@contextmanager
def on_parquet(folder: Path) -> Iterator[Queries]:
    engine = duckdb.connect(config={"temp_directory": str(folder / "spill")})
    engine.execute(f"CREATE VIEW person AS FROM '{folder}/source/person.parquet'")
    for domain in DOMAINS:
        file = folder / "sorted" / f"{domain.name}.parquet"
        engine.execute(f"CREATE VIEW {domain.name} AS FROM '{file}'")
    age = "date_sub('year', born, idx)"
    yield _in_duckdb(engine, by_text(age))
    engine.close()


@contextmanager
def native(folder: Path) -> Iterator[Queries]:
    engine = duckdb.connect(folder / NATIVE, read_only=True)
    known = numbers(engine)

    def begins(domain: str, code: str) -> str:
        run = run_of(known[domain], code)
        return f"number BETWEEN {run.start} AND {run.stop - 1}"

    def some(domain: str, codes: tuple[str, ...]) -> str:
        return f"number IN ({', '.join(str(known[domain][code]) for code in codes)})"

    def one(domain: str, code: str) -> str:
        return f"number = {known[domain][code]}"

    age = "date_sub('year', born, idx)"
    yield _in_duckdb(engine, Dialect(begins, one, some, age, code="number"))
    engine.close()


def _in_duckdb(engine: duckdb.DuckDBPyConnection, dialect: Dialect) -> Queries:
    engine.execute("SET enable_progress_bar = false")
    return {
        name: lambda query=query: engine.execute(query).fetchall()
        for name, query in sql(dialect).items()
    }


def numbers(engine: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    return {
        each.name: dict(engine.execute(f"FROM {each.name}_code").fetchall())
        for each in DOMAINS
    }


def run_of(known: dict[str, int], prefix: str) -> range:
    found = [number for code, number in known.items() if code.startswith(prefix)]
    return range(min(found), max(found) + 1)
