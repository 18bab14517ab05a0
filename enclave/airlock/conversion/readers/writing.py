"""Write Arrow batches as a plain CSV."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as arrow_csv

from enclave.airlock.conversion.plain_csv import most_rows
from enclave.airlock.conversion.readers.table import Table, check_names
from enclave.airlock.conversion.readers.texts import Moments, texts
from enclave.airlock.conversion.readers.unreadable import UnreadableError


_OPTIONS = arrow_csv.WriteOptions(quoting_style="all_valid", batch_size=4_096)

Batches = Callable[[], Iterator[pa.RecordBatch]]
"""Reads the rows from the first on, as often as asked; columns of any type of Arrow."""


def table_of(
    kind: str, names: tuple[str, ...], declared: tuple[str, ...], batches: Batches
) -> Table:
    """Return the table that consists of batches."""
    return Table(kind, names, declared, partial(_write, names, declared, batches))


def _write(
    names: tuple[str, ...],
    declared: tuple[str, ...],
    batches: Batches,
    sink: BinaryIO,
) -> int:
    check_names(names)
    schema = pa.schema([(name, pa.string()) for name in names])
    moments = _moments(len(names), declared, batches)
    rows = 0
    with arrow_csv.CSVWriter(sink, schema, write_options=_OPTIONS) as writer:
        for batch in batches():
            columns = [
                texts(column, exact)
                for column, exact in zip(batch.columns, moments, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            rows += batch.num_rows
            if rows > most_rows(len(names)):
                raise UnreadableError("too_large")
    return rows


def _moments(wide: int, declared: tuple[str, ...], batches: Batches) -> list[Moments]:
    """Look through all moments before, where there are some."""
    if "time" not in declared:
        return [Moments() for _ in range(wide)]
    moments = [Moments(whole_days=True, whole_seconds=True) for _ in range(wide)]
    for batch in batches():
        for column, exact in zip(batch.columns, moments, strict=True):
            if pa.types.is_timestamp(column.type):
                exact.see(column)
    return moments
