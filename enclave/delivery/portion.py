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
# Batches are put together beside each other, while nothing can be written yet.
_THREADS = 2

Places = npt.NDArray[np.int64]


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
    columns = [
        rows[name].dictionary_encode() if name in few else rows[name] for name in names
    ]
    for some in _by_persons(pa.table(columns, names)):
        piece = [_in_order(some[name].combine_chunks()) for name in names]
        for name, column in zip(names, piece, strict=True):
            _refuse_free_text(column, f"{table}.{name}")
        order = pa.array(order_of(piece))
        yield pa.table([column.take(order) for column in piece], names)


def _by_persons(rows: pa.Table) -> Iterator[pa.Table]:
    """Yield ranges of persons, each of a row group at least; one if there are no rows.

    Each batch is put together by itself, which stays within the processor's cache.
    """
    if not len(rows):
        yield rows
        return
    ends = pc.min_max(rows[RANK])
    low, persons = ends["min"], ends["max"].as_py() - ends["min"].as_py() + 1

    def together(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, Places]:
        numbers = pc.subtract(batch[RANK], low)
        order, counts = by_range(numbers.to_numpy(), persons)
        return batch.take(pa.array(order)), np.cumsum([0, *counts])

    with ThreadPoolExecutor(_THREADS) as threads:
        batches = list(threads.map(together, rows.to_batches()))
    total = np.sum([places for _, places in batches], axis=0)
    start = 0
    for end, rows_before in enumerate(total):
        waiting = rows_before - total[start]
        if waiting >= ROW_GROUP or (waiting and rows_before == total[-1]):
            yield pa.Table.from_batches(
                [
                    batch.slice(places[start], places[end] - places[start])
                    for batch, places in batches
                ]
            )
            start = end


def _in_order(column: pa.Array) -> pa.Array:
    return in_order(column) if pa.types.is_dictionary(column.type) else column


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
            " delivered: return the data request, so that the variable is taken out of"
            " it; if it is active already, revoke it, and have a new one made without."
        )
