"""Write rows as Parquet so that the same rows are the same bytes.

The file holds nothing but its rows: no time, no host, and row groups of a fixed length
however the rows arrive.

Arrow writes the row groups of a file one after the other. Here each is encoded on its
own, beside others, and takes its place in the file afterwards; the bytes are those that
Arrow writes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from enclave.delivery.footer import Footer


WRITER = f"pyarrow {pa.__version__}"
# Rows. A project's tools read one group at a time.
ROW_GROUP = 122_880
# Rows that the writer takes at a time; with fewer, statistics cost more than the rest.
_BATCH = 4096
# What a file begins and ends with.
_MAGIC = b"PAR1"
_LENGTH = 4


class Encoded(NamedTuple):
    """A row group as it is in a file that holds no other: its pages, and the footer."""

    pages: pa.Buffer
    footer: bytes


def encoded(group: pa.RecordBatch) -> Encoded:
    """Encode one row group, which may be empty.

    A dictionary becomes plain values to whoever reads the file: it only saves the
    writer from looking for them.
    """
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        group.schema,
        compression="zstd",
        store_schema=False,
        write_batch_size=_BATCH,
    ) as writer:
        writer.write_batch(group, row_group_size=ROW_GROUP)
    file = sink.getvalue()
    end = file.size - len(_MAGIC) - _LENGTH
    start = end - int.from_bytes(file.slice(end, _LENGTH), "little")
    pages = file.slice(len(_MAGIC), start - len(_MAGIC))
    return Encoded(pages, file.slice(start, end - start).to_pybytes())


def write_groups(path: Path, groups: Iterator[Encoded]) -> str:
    """Write at least one row group into a new file; return the file's SHA-256."""
    hashed = hashlib.sha256()
    first = next(groups)
    footer = Footer(first.footer)
    with path.open("wb") as file:

        def put(content: bytes | pa.Buffer) -> None:
            file.write(content)
            hashed.update(content)

        put(_MAGIC)
        for group in chain([first], groups):
            footer.add(group.footer, distance=file.tell() - len(_MAGIC))
            put(group.pages)
        said = footer.written()
        put(said + len(said).to_bytes(_LENGTH, "little") + _MAGIC)
    return hashed.hexdigest()


def groups_of(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut rows into groups of equal length.

    Where there is no row at all, there is one group without rows.
    """
    rows = None
    wrote = False
    for table in tables:
        rows = pa.concat_tables([rows, table]) if rows else table
        while len(rows) >= ROW_GROUP:
            yield rows.slice(0, ROW_GROUP)
            rows, wrote = rows.slice(ROW_GROUP), True
    if rows is not None and (len(rows) or not wrote):
        yield rows


def one_piece(rows: pa.Table) -> pa.RecordBatch:
    """Put a group's rows together in memory."""
    if not len(rows):
        return pa.RecordBatch.from_pylist([], rows.schema)
    (piece,) = rows.unify_dictionaries().combine_chunks().to_batches()
    return piece
