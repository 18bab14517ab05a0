"""The engines that the index is laid beside, each at its best."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.feasibility.in_duckdb import native, on_parquet
from benchmarks.feasibility.in_pandas import in_pandas
from benchmarks.feasibility.in_polars import in_polars
from benchmarks.feasibility.in_postgresql import in_postgresql
from benchmarks.feasibility.queries import Queries


Engine = Callable[[Path], AbstractContextManager[Queries]]
ENGINES: dict[str, Engine] = {
    "DuckDB, Parquet sorted by code": on_parquet,
    "DuckDB, native, codes as numbers": native,
    "Polars, Parquet sorted by code": in_polars,
    "pandas, in memory, codes as numbers": in_pandas,
    "PostgreSQL, covering indexes": in_postgresql,
}
