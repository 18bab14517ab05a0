"""Extract a grant on a Spark cluster, beyond one machine.

The expressions are those of :mod:`enclave.delivery.selection`, written in Spark's SQL.
Joining and filtering happen on the cluster; what comes back is sorted, given its
pseudonyms and written here, portion by portion, to the same bytes as from DuckDB. The
project's key never leaves this machine: the cluster sees person keys and numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from enclave.cohort import spark as cohort_on_spark
from enclave.cohort.question import Question
from enclave.delivery.engine import Engine, typed
from enclave.delivery.portions import PORTION
from enclave.delivery.selection import RANK
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.spark import add_views


if TYPE_CHECKING:  # Spark is there only where a cluster is
    from pyspark.sql import DataFrame, SparkSession


# Bytes that a value may take in a portion; text is rarely longer.
_WIDTH = 16


class Spark:
    """An engine beyond one machine.

    Parameters
    ----------
    session
        With the views of :func:`enclave.warehouse.spark.add_views`.
    """

    def __init__(self, session: "SparkSession") -> None:
        self._session = session
        self._cluster = ibis.pyspark.connect(session)

    def cohort(self, question: Question) -> pa.Table:
        """Find the cohort."""
        return cohort_on_spark.persons(question, self._session)

    def put(self, name: str, rows: pa.Table) -> None:
        """Make a small table known."""
        self._session.createDataFrame(rows).createOrReplaceTempView(name)

    def keep(self, name: str, rows: Table) -> None:
        """Keep an answer under a name."""
        self._frame(rows).cache().createOrReplaceTempView(name)

    def fetch(self, rows: Table) -> pa.Table:
        """Return all rows."""
        return typed(self._frame(rows).toArrow(), rows)

    def portions(self, rows: Table, persons: int) -> Iterator[pa.Table]:
        """Yield rows in portions, each by ranges of persons."""
        frame = self._frame(rows).persist()
        try:
            width = _WIDTH * len(rows.columns)
            number = max(1, -(-frame.count() * width // PORTION))
            step = max(1, -(-persons // number))
            for one in range(number):
                low, high = one * step, (one + 1) * step
                part = frame.where(f"`{RANK}` >= {low} AND `{RANK}` < {high}")
                yield typed(part.toArrow(), rows).combine_chunks()
        finally:
            frame.unpersist()

    def _frame(self, rows: Table) -> "DataFrame":
        return self._session.sql(self._cluster.compile(rows))


@contextmanager
def on_cluster(
    session: "SparkSession", snapshot: Snapshot, spill: Path
) -> Iterator[Engine]:
    """Open a snapshot on a cluster; its workers must reach the warehouse's folder."""
    del spill  # the cluster has places of its own
    add_views(snapshot, session)
    yield Spark(session)
