"""A portion of rows: what no row has is not written, and no free text is."""

import numpy as np
import pyarrow as pa
import pytest

from enclave.delivery.parquet import ROW_GROUP
from enclave.delivery.portion import MOST_WORDS, only_used, sorted_rows
from enclave.errors import PolicyRefusal


def test_values_of_others_are_not_in_the_dictionary():
    column = pa.array(["a", "secret", None, "b"]).dictionary_encode()

    used = only_used(column.take(pa.array([3, 2, 0, 3])))

    assert used.dictionary.to_pylist() == ["a", "b"]
    assert used.to_pylist() == ["b", None, "a", "b"]


@pytest.mark.parametrize("few", [frozenset(), frozenset({"note"})])
def test_free_text_is_refused_in_every_kind_of_column(few):
    longest = " ".join(["word"] * (MOST_WORDS + 1))
    rows = pa.table({"_rank": [0, 1], "note": [longest, None]})

    assert [len(piece) for piece in sorted_rows("lab", rows, few)] == [2]
    rows = pa.table({"_rank": [0, 1], "note": [longest + " more", None]})
    with pytest.raises(PolicyRefusal, match=r"lab\.note holds free text"):
        next(sorted_rows("lab", rows, few))


def test_rows_come_in_order_a_row_group_or_more_at_a_time():
    persons = np.random.default_rng(1).permutation(ROW_GROUP + 7).repeat(2)
    places = np.tile([1, 0], ROW_GROUP + 7)
    rows = pa.table(
        {"_rank": persons.astype(np.int32), "note": pa.array(places.astype(str))}
    )

    pieces = list(sorted_rows("lab", rows, frozenset()))

    found = pa.concat_tables(pieces)
    assert found["_rank"].to_pylist() == np.arange(ROW_GROUP + 7).repeat(2).tolist()
    assert found["note"].to_pylist() == ["0", "1"] * (ROW_GROUP + 7)
    assert [len(piece) >= ROW_GROUP for piece in pieces] == [True, False]


def test_all_rows_of_one_person_are_one_piece():
    values = pa.array(np.arange(3 * ROW_GROUP)[::-1])
    ranks = pa.array(np.full(3 * ROW_GROUP, 2**31 - 1, np.int32))
    rows = pa.table({"_rank": ranks, "value": values})

    (piece,) = sorted_rows("lab", rows, frozenset())

    assert piece["value"].to_pylist() == list(range(3 * ROW_GROUP))
