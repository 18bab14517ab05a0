"""The two engines of a load: one at the door, one behind it."""

from pathlib import Path
from typing import Any

import duckdb
import psutil


_DOOR_MEMORY = 0.1
_WORKING_MEMORY = 0.125
_GIB = 1 << 30


def door_engine() -> duckdb.DuckDBPyConnection:
    """Return an engine that sees national ids: it never writes them to a disk.

    It has no folder to spill to, so it only streams: what it holds is the table of ids.
    """
    engine = _engine("", _DOOR_MEMORY)
    # A stream has no known length, and the planner would hold all of it to join it.
    engine.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    return engine


def working_engine(spill: Path) -> duckdb.DuckDBPyConnection:
    """Return an engine that sees person keys, and sorts and groups on disk."""
    return _engine(str(spill), _WORKING_MEMORY)


def reading_engine() -> duckdb.DuckDBPyConnection:
    """Return an engine for questions to a snapshot.

    It holds in memory what it needs: by itself DuckDB would spill into the current
    folder, where rows about patients have no business.
    """
    connection = duckdb.connect(config={"temp_directory": ""})
    connection.execute("SET enable_progress_bar = false")
    return connection


def one_row(engine: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    """Return the one row that an aggregate gives."""
    # Fetched to the end: DuckDB 2 counts a result as open as long as it might go on.
    (row,) = engine.execute(query).fetchall()
    return tuple(row)


def _engine(spill: str, share: float) -> duckdb.DuckDBPyConnection:
    memory = max(_GIB, int(share * psutil.virtual_memory().total))
    connection = duckdb.connect(
        config={
            "memory_limit": f"{memory // (1 << 20)}MiB",
            "temp_directory": spill,
            "preserve_insertion_order": "false",
        }
    )
    connection.execute("SET enable_progress_bar = false")
    return connection
