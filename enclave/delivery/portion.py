"""A portion of a delivery's rows: looked through for free text, and put in order."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from enclave.delivery.ordering import in_order, order_of
from enclave.delivery.parquet import ROW_GROUP
from enclave.delivery.portions import by_range
from enclave.delivery.selection import RANK
from enclave.errors import PolicyRefusal


# No code and no label has more.
MOST_WORDS = 40
# Columns are made ready beside each other, while nothing can be written yet.
_THREADS = 2


def sorted_rows(table: str, rows: pa.Table, few: frozenset[str]) -> Iterator[pa.Table]:
    """Sort rows by all their columns, from left to right; what is missing comes last.

    They come in pieces of whole persons, of at least one row group but the last. Each
    is sorted when it is asked for, which can be while the one before is written; and
    what is sorted then fits into the processor's cache.

    Parameters
    ----------
    table
        Its name, for the refusal.
    rows
        The number of each row's person, then all other columns.
    few
        Columns of text with few different values: they become dictionaries, whose
        values are in order.

    Raises
    ------
    PolicyRefusal
        If a text has so many words that a person wrote it about a person.
    """
    names = rows.column_names
    with ThreadPoolExecutor(_THREADS) as threads:
        places = threads.submit(_by_persons, rows[RANK].to_numpy())
        columns = list(
            threads.map(lambda name: _column(rows[name], few=name in few), names)
        )
    for name, column in zip(names, columns, strict=True):
        _refuse_free_text(column, f"{table}.{name}")
    if not len(rows):
        yield pa.table(columns, names)
    for some in places.result():
        piece = [column.take(some) for column in columns]
        order = pa.array(order_of(piece))
        yield pa.table([column.take(order) for column in piece], names)


def _column(values: pa.ChunkedArray, *, few: bool) -> pa.Array:
    """Put a column into one piece; as a dictionary in order if it has few values."""
    if not few:
        return values.combine_chunks()
    return in_order(values.dictionary_encode().combine_chunks())


def _by_persons(numbers: npt.NDArray[np.int32]) -> list[pa.Array]:
    """Return the places of rows: ranges of persons, each of a row group at least."""
    if not len(numbers):
        return []
    order, counts = by_range(numbers - numbers.min(), int(np.ptp(numbers)) + 1)
    found, start, end = [], 0, 0
    for count in counts:
        end += count
        if end - start >= ROW_GROUP:
            found.append(pa.array(order[start:end]))
            start = end
    if start < end:
        found.append(pa.array(order[start:end]))
    return found


def only_used(column: pa.Array) -> pa.Array:
    """Leave out of a dictionary what no row has: it would tell of others' rows.

    What is left is in order, so that the same rows are the same bytes.
    """
    if not pa.types.is_dictionary(column.type):
        return column
    used = np.flatnonzero(np.bincount(column.indices.drop_null()))
    found = column.dictionary.take(pa.array(used))
    by_value = pc.sort_indices(found)
    place = np.zeros(len(column.dictionary), np.int32)
    place[used[by_value]] = np.arange(len(used), dtype=np.int32)
    indices = pa.array(place).take(column.indices)
    return pa.DictionaryArray.from_arrays(indices, found.take(by_value))


def _refuse_free_text(column: pa.Array, name: str) -> None:
    texts = column.dictionary if pa.types.is_dictionary(column.type) else column
    if not pa.types.is_string(texts.type):
        return
    words = pc.max(pc.count_substring(texts, " ")).as_py() or 0
    if words > MOST_WORDS:
        raise PolicyRefusal(
            f"{name} holds free text, of more than {MOST_WORDS} words, which is never"
            " delivered: revoke the grant, and have the variable taken out of the"
            " request."
        )
