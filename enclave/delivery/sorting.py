"""A delivery's rows: looked through for free text, and put in order."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from enclave.delivery.ahead import in_turn
from enclave.delivery.ordering import in_order, order_of
from enclave.errors import PolicyRefusal


# No code and no label has more.
MOST_WORDS = 40


def sorted_rows(table: str, pieces: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Sort rows by all their columns, from left to right; what is missing comes last.

    The next pieces are sorted while one is used.

    Parameters
    ----------
    table
        Its name, for the refusal.
    pieces
        The number of each row's person, then all other columns; each piece with all
        rows of its persons, in the order of these.

    Raises
    ------
    PolicyRefusal
        If a text has so many words that a person wrote it about a person.
    """

    def sorted_piece(piece: pa.Table) -> pa.Table:
        names = piece.column_names
        columns = [_ordered_dictionary(piece[name].combine_chunks()) for name in names]
        for name, column in zip(names, columns, strict=True):
            _refuse_free_text(column, f"{table}.{name}")
        order = pa.array(order_of(columns))
        return pa.table([column.take(order) for column in columns], names)

    return in_turn(sorted_piece, pieces)


def _ordered_dictionary(column: pa.Array) -> pa.Array:
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
