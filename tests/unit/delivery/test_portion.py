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


def test_rows_come_in_order_a_row_group_at_a_time():
    numbers = np.random.default_rng(1).permutation(ROW_GROUP + 7)
    rows = pa.table({"_rank": numbers, "note": pa.array(numbers.astype(str))})

    first, last = sorted_rows("lab", rows, frozenset())

    assert first["_rank"].to_pylist() == list(range(ROW_GROUP))
    assert last["note"].to_pylist() == [str(ROW_GROUP + n) for n in range(7)]
