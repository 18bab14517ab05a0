"""Extract a grant on a Spark cluster, beyond one machine.

The expressions are those of :mod:`enclave.delivery.selection`, written in Spark's SQL.
Joining and filtering happen on the cluster; what comes back is sorted, given its
pseudonyms and written here, piece by piece, to the same bytes as from DuckDB. The
project's key never leaves this machine: the cluster sees person keys and numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from enclave.cohort import spark as cohort_on_spark
from enclave.cohort.question import Question
from enclave.delivery.engine import Engine, Opener, typed
from enclave.delivery.parquet import ROW_GROUP
from enclave.delivery.pieces import RUN, pieces
from enclave.delivery.selection import RANK
from enclave.errors import HostError
from enclave.warehouse.snapshot import Snapshot
from enclave.warehouse.spark import add_views


if TYPE_CHECKING:  # Spark is there only where a cluster is
    from pyspark.sql import DataFrame, SparkSession


# Bytes that a value may take in a run; text is rarely longer.
_WIDTH = 16


class Spark:
    """An engine beyond one machine.

    Parameters
    ----------
    session
        With the views of :func:`enclave.warehouse.spark.add_views`.
    spill
        A folder on this machine for what does not fit into memory.
    """

    def __init__(self, session: "SparkSession", spill: Path) -> None:
        self._session = session
        self._spill = spill
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

    def pieces(
        self, rows: Table, persons: int, few: frozenset[str]
    ) -> Iterator[pa.Table]:
        """Yield rows in pieces, fetched by ranges of persons."""
        frame = self._frame(rows).persist()
        try:
            width = _WIDTH * len(rows.columns)
            number = max(1, -(-frame.count() * width // RUN))
            step = max(1, -(-persons // number))
            for one in range(number):
                low, high = one * step, (one + 1) * step
                part = frame.where(f"`{RANK}` >= {low} AND `{RANK}` < {high}")
                found = typed(part.toArrow(), rows).to_reader(ROW_GROUP)
                yield from pieces(found, persons, few, self._spill)
        finally:
            frame.unpersist()

    def _frame(self, rows: Table) -> "DataFrame":
        return self._session.sql(self._cluster.compile(rows))


@contextmanager
def cluster(master: str) -> Iterator[Opener]:
    """Connect to a Spark cluster, by its address such as ``spark://host:7077``.

    Raises
    ------
    HostError
        If Spark is not installed here, or nobody answers there.
    """
    try:
        from pyspark.errors import PySparkException  # noqa: PLC0415 - 450 MB, see above
        from pyspark.sql import SparkSession  # noqa: PLC0415 - the same
    except ImportError:
        raise HostError(
            "Spark is not installed here: run `uv sync --group spark`, or `pip install"
            " 'pyspark>=4.3'`. It needs Java as well."
        ) from None
    wanted = SparkSession.builder.config("spark.sql.session.timeZone", "UTC")
    try:
        session = (
            wanted.config("spark.ui.enabled", "false").master(master).getOrCreate()
        )
    except (PySparkException, OSError, RuntimeError, ValueError) as error:
        raise HostError(
            f"The Spark cluster {master} cannot be used ({type(error).__name__}). Look"
            " whether Java is here, and whether the master answers."
        ) from error
    try:
        yield partial(on_cluster, session)
    finally:
        session.stop()


@contextmanager
def on_cluster(
    session: "SparkSession", snapshot: Snapshot, spill: Path
) -> Iterator[Engine]:
    """Open a snapshot on a cluster; its workers must reach the warehouse's folder."""
    add_views(snapshot, session)
    yield Spark(session, spill)
