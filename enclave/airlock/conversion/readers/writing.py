"""Write a table as a plain CSV: what is known in quotes, what is not as nothing."""

from typing import BinaryIO

import pyarrow as pa
import pyarrow.csv as arrow_csv

from enclave.airlock.conversion.plain_csv import MOST_COLUMNS, most_rows
from enclave.airlock.conversion.readers.table import Table, UnreadableError
from enclave.airlock.conversion.readers.texts import Moments, texts


_OPTIONS = arrow_csv.WriteOptions(quoting_style="all_valid", batch_size=4_096)


def write(table: Table, sink: BinaryIO) -> int:
    """Write a table; return how many rows it has."""
    _check(table.names)
    schema = pa.schema([(name, pa.string()) for name in table.names])
    moments = _look_at_moments(table)
    rows = 0
    with arrow_csv.CSVWriter(sink, schema, write_options=_OPTIONS) as writer:
        for batch in table.batches():
            columns = [
                texts(column, exact)
                for column, exact in zip(batch.columns, moments, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            rows += batch.num_rows
            if rows > most_rows(len(table.names)):
                raise UnreadableError("too_large")
    return rows


def _check(names: tuple[str, ...]) -> None:
    if len(names) > MOST_COLUMNS:
        raise UnreadableError("too_large")
    if len(names) < 2:
        raise UnreadableError("one_column")
    if len(set(names)) < len(names) or not all(map(str.isprintable, names)):
        raise UnreadableError("names")
    if not all(map(str.strip, names)) or any('"' in name for name in names):
        raise UnreadableError("names")


def _look_at_moments(table: Table) -> list[Moments]:
    """Look through all moments before, where there are some."""
    if "time" not in table.declared:
        return [Moments() for _ in table.names]
    moments = [Moments(whole_days=True, whole_seconds=True) for _ in table.names]
    for batch in table.batches():
        for column, exact in zip(batch.columns, moments, strict=True):
            if pa.types.is_timestamp(column.type):
                exact.see(column)
    return moments
