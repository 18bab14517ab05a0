"""A snapshot as tables of a Spark cluster, for data beyond one machine.

Spark reads the very files of the snapshot, so its workers must reach the warehouse's
folder. Questions and extractions then run there as the Ibis expressions that they are.
"""

from typing import TYPE_CHECKING

import sqlglot

from enclave.warehouse.events import events_view, observed_view
from enclave.warehouse.snapshot import Snapshot


if TYPE_CHECKING:  # Spark is there only where a cluster is
    from pyspark.sql import SparkSession


def add_views(snapshot: Snapshot, session: "SparkSession") -> None:
    """Give a Spark session the views that a snapshot gives to its own engine.

    Raises
    ------
    IntegrityError
        If a file is gone.
    """
    for name in snapshot.manifest.tables:
        rows = session.read.parquet(*snapshot.files(name))
        rows.createOrReplaceTempView(name)
    tables = snapshot.catalogue.tables
    for view in (events_view(tables), observed_view(tables)):
        (statement,) = sqlglot.transpile(view, read="duckdb", write="spark")
        session.sql(statement.replace("CREATE VIEW", "CREATE OR REPLACE TEMP VIEW", 1))
