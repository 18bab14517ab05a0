"""Rows come in pieces of whole persons, whether they fit into memory or not."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from enclave.delivery import pieces
from enclave.delivery.parquet import ROW_GROUP


FEW = frozenset({"note"})


@pytest.fixture(params=[1 << 20, 1 << 30], ids=["put aside", "in memory"])
def run(request, monkeypatch):
    monkeypatch.setattr(pieces, "RUN", request.param)
    return request.param


def reader(**columns):
    return pa.table(columns).to_reader(max_chunksize=50_000)


def numbers(persons):
    return np.random.default_rng(1).permutation(persons).astype(np.int32)


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize("few", [frozenset(), FEW])
def test_a_piece_has_a_row_group_or_more_and_whole_persons(tmp_path, few):
    persons = ROW_GROUP + 7
    ranks = numbers(persons).repeat(2)
    notes = np.where(ranks < 50_000, "low", "high")

    found = list(
        pieces.pieces(reader(_rank=ranks, note=notes), persons, few, tmp_path / "aside")
    )

    assert [len(piece) >= ROW_GROUP for piece in found] == [True, False]
    for piece in found:
        expected = ["low" if one < 50_000 else "high" for one in ranks_of(piece)]
        assert piece["note"].to_pylist() == expected
        assert pa.types.is_dictionary(piece["note"].type) is bool(few)
    first, second = (set(ranks_of(piece)) for piece in found)
    assert max(first) < min(second)
    assert first | second == set(range(persons))
    assert sum(map(len, found)) == 2 * persons
    assert not any((tmp_path / "aside").glob("*"))


def ranks_of(piece):
    return piece["_rank"].to_pylist()


@pytest.mark.usefixtures("run")
def test_a_large_piece_is_cut_once_more(tmp_path):
    """Otherwise sorting would take more memory, the more rows there are."""
    persons, crowd = 1 << 20, 6 * ROW_GROUP
    # All but two are in one range: that of the persons from 4096 to 8191.
    ranks = np.concatenate([4096 + np.arange(crowd) % 4096, [0, persons - 1]])

    found = list(
        pieces.pieces(
            reader(_rank=ranks.astype(np.int32)), persons, FEW, tmp_path / "aside"
        )
    )

    assert len(found) > 5
    assert max(map(len, found)) < 2 * ROW_GROUP
    together = [set(ranks_of(piece)) for piece in found]
    assert sum(map(len, together)) == 4098
    assert all(max(one) < min(two) for one, two in pairwise(together))
    assert sum(map(len, found)) == crowd + 2


@pytest.mark.usefixtures("run")
def test_all_rows_of_one_person_are_one_piece(tmp_path):
    ranks = np.full(3 * ROW_GROUP, 2**31 - 2, np.int32)
    values = np.arange(3 * ROW_GROUP)

    (piece,) = pieces.pieces(
        reader(_rank=ranks, value=values), 2**31 - 1, FEW, tmp_path / "aside"
    )

    assert sorted(piece["value"].to_pylist()) == list(range(3 * ROW_GROUP))


@pytest.mark.usefixtures("run")
@pytest.mark.parametrize(
    ("persons", "few", "crowded"), [(5, 1, 1), (3000, 2999, 2999), (70_000, 200, 299)]
)
def test_one_person_with_very_many_rows_comes_after_a_few(
    tmp_path, persons, few, crowded
):
    """However few rows the persons before have: cutting them again must end."""
    many = 4 * ROW_GROUP + 10
    ranks = np.concatenate([np.arange(few).repeat(10), np.full(many, crowded)])

    found = list(
        pieces.pieces(
            reader(_rank=ranks.astype(np.int32)), persons, FEW, tmp_path / "aside"
        )
    )

    together = np.concatenate([np.unique(piece["_rank"]) for piece in found])
    assert together.tolist() == [*range(few), crowded]
    assert sum(map(len, found)) == len(ranks)
    assert len(found[-1]) >= many


def test_no_rows_are_one_piece_without_rows(tmp_path):
    empty = reader(_rank=np.zeros(0, np.int32), note=np.zeros(0, str))

    (piece,) = pieces.pieces(empty, 3, FEW, tmp_path / "aside")

    assert piece.num_rows == 0
    assert piece.column_names == ["_rank", "note"]
    assert not (tmp_path / "aside").exists()


def test_pieces_are_as_small_where_wide_rows_come_last(tmp_path, monkeypatch):
    """How much is put aside at once is a matter of bytes, not of rows."""
    monkeypatch.setattr(pieces, "RUN", 1 << 20)
    sizes = []
    put_aside = pieces._put_aside

    def watched(run, path):
        sizes.append(sum(one.rows.nbytes for one in run))
        return put_aside(run, path)

    monkeypatch.setattr(pieces, "_put_aside", watched)
    ranks = np.concatenate([numbers(10_000)] * 33)
    notes = ["a"] * 300_000 + ["b" * 400] * 30_000
    rows = pa.table({"_rank": ranks, "note": notes}).to_reader(max_chunksize=1000)

    found = list(pieces.pieces(rows, 10_000, frozenset(), tmp_path / "aside"))

    assert sum(map(len, found)) == 330_000
    assert len(sizes) > 10
    assert max(sizes) < 1.5 * (1 << 20)
