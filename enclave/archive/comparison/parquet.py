"""Parquet files that an analysis wrote, read within bounds."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from enclave.archive.comparison.uncounted import UncountedError


_MOST_CELLS = 50_000_000
_MOST_READ = 1_000_000_000  # bytes of a table that is packed

# How much texts and bytes are is counted before they are spread out. All else has to
# be small in itself.
_TEXTS = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
)
_NARROW = (pa.types.is_primitive, pa.types.is_decimal, pa.types.is_null)

_Array = np.ndarray[tuple[int], np.dtype[Any]]


def columns_of(content: bytes) -> tuple[list[str], list[_Array]]:
    """Return names and columns of a Parquet file.

    Raises
    ------
    ValueError
        If it is none, or holds too much.
    UncountedError
        If it has a column of which nobody can tell how much it holds.
    """
    try:
        return _read(content)
    except pa.ArrowException as error:
        raise ValueError(str(error)) from error


def _read(content: bytes) -> tuple[list[str], list[_Array]]:
    file = pq.ParquetFile(io.BytesIO(content))
    about = file.metadata
    groups = [about.row_group(n).total_byte_size for n in range(about.num_row_groups)]
    if about.num_rows * about.num_columns > _MOST_CELLS or sum(groups) > _MOST_READ:
        raise ValueError("too many cells")
    # A text that stands in a million rows is there once, until it is known how much
    # it would be.
    texts = [one.name for one in file.schema_arrow if not _has_one_width(one)]
    table = pq.read_table(io.BytesIO(content), read_dictionary=texts, use_threads=False)
    if sum(_text_size(table.column(name)) for name in texts) > _MOST_READ:
        raise ValueError("too much text")
    return table.column_names, [_array(column) for column in table.columns]


def _has_one_width(column: pa.Field) -> bool:
    """Tell whether all its values are of one small size, or are texts or bytes.

    Raises
    ------
    UncountedError
        If they are neither.
    """
    kind = column.type
    if any(is_text(kind) for is_text in _TEXTS):
        return False
    if pa.types.is_dictionary(kind) and any(
        is_text(kind.value_type) for is_text in _TEXTS
    ):
        return False
    if any(is_narrow(kind) for is_narrow in _NARROW):
        return True
    raise UncountedError(column.name, str(kind))


def _text_size(column: pa.ChunkedArray) -> int:
    return sum(
        pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0
        for chunk in column.chunks
    )


def _array(column: pa.ChunkedArray) -> _Array:
    if pa.types.is_floating(column.type) and column.null_count == 0:
        return np.asarray(column.to_numpy(), dtype=np.float64)
    filled = np.empty(len(column), dtype=object)
    if not pa.types.is_dictionary(column.type):
        filled[:] = column.to_pylist()
        return filled
    first = 0
    for chunk in column.chunks:
        known = np.array([*chunk.dictionary.to_pylist(), None], dtype=object)
        places = chunk.indices.fill_null(len(chunk.dictionary)).to_numpy()
        filled[first : first + len(chunk)] = known[places]
        first += len(chunk)
    return filled
