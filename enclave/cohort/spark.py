"""Find the persons of a question on a Spark cluster, beyond one machine.

It is the expression of :mod:`enclave.cohort.evaluation`, written in Spark's SQL.
"""

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from enclave.cohort.evaluation import cohort
from enclave.cohort.question import Question


if TYPE_CHECKING:  # Spark is there only where a cluster is
    from pyspark.sql import SparkSession


def persons(question: Question, session: "SparkSession") -> pa.Table:
    """Find the cohort on a snapshot.

    Parameters
    ----------
    session
        With the views of :func:`enclave.warehouse.spark.add_views`.

    Returns
    -------
    pyarrow.Table
        As of :func:`enclave.cohort.evaluation.persons`.
    """
    cluster = ibis.pyspark.connect(session)
    statement = cluster.compile(cohort(question).order_by("person"))
    # Ibis would fetch the rows through pandas, of an older version than ours.
    found: pa.Table = session.sql(statement).toArrow()
    return found
