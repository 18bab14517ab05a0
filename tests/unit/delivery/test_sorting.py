"""Rows in order: what no row has is not written, and no free text is."""

import pyarrow as pa
import pytest

from enclave.delivery.sorting import MOST_WORDS, only_used, sorted_rows
from enclave.errors import PolicyRefusal


def test_values_of_others_are_not_in_the_dictionary():
    column = pa.array(["a", "secret", None, "b"]).dictionary_encode()

    used = only_used(column.take(pa.array([3, 2, 0, 3])))

    assert used.dictionary.to_pylist() == ["a", "b"]
    assert used.to_pylist() == ["b", None, "a", "b"]


@pytest.mark.parametrize("few", [False, True])
def test_free_text_is_refused_in_every_kind_of_column(few):
    longest = " ".join(["word"] * (MOST_WORDS + 1))

    def piece(note):
        texts = pa.array([note, None])
        return pa.table(
            {"_rank": [0, 1], "note": texts.dictionary_encode() if few else texts}
        )

    assert [len(rows) for rows in sorted_rows("lab", [piece(longest)])] == [2]
    with pytest.raises(PolicyRefusal, match=r"lab\.note holds free text"):
        list(sorted_rows("lab", [piece("x"), piece(longest + " more"), piece("x")]))


def test_rows_are_sorted_by_all_their_columns():
    one = pa.table({"_rank": [1, 0, 1], "note": ["a", "c", None]})
    two = pa.table({"_rank": [2, 2], "note": ["y", "x"]})

    first, second = sorted_rows("lab", [one, two])

    assert first.to_pydict() == {"_rank": [0, 1, 1], "note": ["c", "a", None]}
    assert second.to_pydict() == {"_rank": [2, 2], "note": ["x", "y"]}
