"""What runs a selection: DuckDB on this machine, or Spark beyond one machine.

A selection is an Ibis expression and knows no engine. Whichever runs it gives the same
rows with the same types, so what is written from them is the same bytes.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.operations import Node
from ibis.expr.types import Table

from enclave.cohort import evaluation
from enclave.cohort.question import Question
from enclave.delivery.parquet import ROW_GROUP
from enclave.delivery.pieces import pieces
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.sql import identifier


MEMORY = "1GB"
# Rows that the engine gives at a time: fewer of them wait for the last ones, and they
# are put together within the processor's cache.
_BATCH = ROW_GROUP // 2


class Engine(Protocol):
    """Answers expressions over the tables of one snapshot."""

    def cohort(self, question: Question) -> pa.Table:
        """Find the cohort: ``person`` and ``index_date``, each person once."""

    def put(self, name: str, rows: pa.Table) -> None:
        """Make a small table known under a name, in the place of an earlier one."""

    def keep(self, name: str, rows: Table) -> None:
        """Answer an expression once, and keep the answer under a name."""

    def fetch(self, rows: Table) -> pa.Table:
        """Return all rows, which must be few, in no order."""

    def pieces(
        self, rows: Table, persons: int, few: frozenset[str]
    ) -> Iterator[pa.Table]:
        """Yield rows as :func:`enclave.delivery.pieces.pieces` does."""


# Opens an engine on a snapshot, which may put rows aside in a folder meanwhile.
Opener = Callable[[Snapshot, Path], AbstractContextManager[Engine]]


class DuckDb:
    """An engine of this machine.

    Parameters
    ----------
    connection
        To the snapshot's tables.
    spill
        A folder for what does not fit into memory.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, spill: Path) -> None:
        self._connection = connection
        self._spill = spill

    def cohort(self, question: Question) -> pa.Table:
        """Find the cohort."""
        return evaluation.persons(question, self._connection)

    def put(self, name: str, rows: pa.Table) -> None:
        """Make a small table known."""
        self._connection.register("_arriving", rows)
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS FROM _arriving"
        )
        self._connection.unregister("_arriving")

    def keep(self, name: str, rows: Table) -> None:
        """Keep an answer under a name."""
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {identifier(name)} AS {_sql(rows.op())}"
        )

    def fetch(self, rows: Table) -> pa.Table:
        """Return all rows."""
        return typed(self._query(rows).to_arrow_table(), rows)

    def pieces(
        self, rows: Table, persons: int, few: frozenset[str]
    ) -> Iterator[pa.Table]:
        """Yield rows in pieces."""
        # Of a relation rows come as they are found; `execute` would gather them first.
        with self._query(rows).to_arrow_reader(_BATCH) as found:
            for piece in pieces(found, persons, few, self._spill):
                yield typed(piece, rows)

    def _query(self, rows: Table) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(_sql(rows.op()))


@lru_cache(maxsize=256)
def _sql(rows: Node) -> str:
    """Return an expression as SQL, which is the same each day a grant is delivered."""
    return str(ibis.to_sql(rows.to_expr(), dialect="duckdb"))


@contextmanager
def on_this_machine(snapshot: Snapshot, spill: Path) -> Iterator[Engine]:
    """Open DuckDB on a snapshot, in bounded memory."""
    with snapshot.connect() as connection:
        bounded(connection, spill)
        yield DuckDb(connection, spill)


def bounded(connection: duckdb.DuckDBPyConnection, spill: Path) -> None:
    """Bound a connection's memory; what does not fit goes to ``spill``."""
    connection.execute("SET memory_limit = ?", [MEMORY])
    connection.execute("SET temp_directory = ?", [str(spill)])
    connection.execute("SET enable_progress_bar = false")


def typed(found: pa.Table, rows: Table) -> pa.Table:
    """Give columns the types that the expression says, whatever an engine made.

    Dictionaries stay what they are.
    """
    types = rows.schema().to_pyarrow()
    fields = [
        made if pa.types.is_dictionary(made.type) else types.field(made.name)
        for made in found.schema
    ]
    return found.cast(pa.schema([(field.name, field.type) for field in fields]))
