"""The engines that the index is laid beside, each at its best."""

from benchmarks.feasibility.in_duckdb import native, on_parquet
from benchmarks.feasibility.in_pandas import in_pandas
from benchmarks.feasibility.in_polars import in_polars
from benchmarks.feasibility.in_postgresql import in_postgresql


ENGINES = {
    "DuckDB, Parquet sorted by code": on_parquet,
    "DuckDB, native, codes as numbers": native,
    "Polars, Parquet sorted by code": in_polars,
    "pandas, in memory, codes as numbers": in_pandas,
    "PostgreSQL, covering indexes": in_postgresql,
}
