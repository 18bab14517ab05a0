"""A portion of a delivery's rows: looked through for free text, and put in order."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from enclave.delivery.ordering import in_order, order_of
from enclave.delivery.parquet import ROW_GROUP
from enclave.errors import PolicyRefusal


# No code and no label has more.
MOST_WORDS = 40


def sorted_rows(table: str, rows: pa.Table, few: frozenset[str]) -> Iterator[pa.Table]:
    """Sort rows by all their columns, from left to right; what is missing comes last.

    They come in pieces of one row group, each made when it is asked for: the next one
    can be made while one is written.

    Parameters
    ----------
    table
        Its name, for the refusal.
    few
        Columns of text with few different values: they become dictionaries, whose
        values are in order.

    Raises
    ------
    PolicyRefusal
        If a text has so many words that a person wrote it about a person.
    """
    columns = []
    for name in rows.column_names:
        column = rows[name].combine_chunks()
        if name in few:
            column = in_order(column.dictionary_encode())
        _refuse_free_text(column, f"{table}.{name}")
        columns.append(column)
    if not len(rows):
        yield pa.table(columns, rows.column_names)
        return
    order = pa.array(order_of(columns))
    for start in range(0, len(order), ROW_GROUP):
        some = order.slice(start, ROW_GROUP)
        yield pa.table([column.take(some) for column in columns], rows.column_names)


def only_used(column: pa.Array) -> pa.Array:
    """Leave out of a dictionary what no row has: it would tell of others' rows.

    What is left is in order, so that the same rows are the same bytes.
    """
    if not pa.types.is_dictionary(column.type):
        return column
    used = pc.unique(column.indices.drop_null())
    indices = pc.index_in(column.indices, used)
    found = column.dictionary.take(used)
    return in_order(pa.DictionaryArray.from_arrays(indices, found))


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
