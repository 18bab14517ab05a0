"""CSV files are those that DuckDB's COPY writes, however the rows come."""

import itertools
import math

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from enclave.delivery.formats import csv_text
from enclave.delivery.formats.csv_text import TOKENS, write_csv
from enclave.delivery.parquet import ROW_GROUP
from enclave.errors import InputError
from tests.builders.difficult_table import SCHEMA, layout, rows


NOW_AND_THEN = 997


def by_copy(layout, path, token):
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    columns = [
        f"replace(CAST({name} AS VARCHAR), ' ', 'T') AS {name}"
        if kind == "TIMESTAMP"
        else name
        for name, kind, *_ in connection.execute(
            f"DESCRIBE FROM '{layout.path}'"
        ).fetchall()
    ]
    connection.execute(
        f"COPY (FROM '{layout.path}' SELECT {', '.join(columns)}) TO '{path}'"
        f" (FORMAT csv, HEADER, NULLSTR '{token}')"
    )
    return path.read_bytes()


def written(folder, table):
    made = layout(folder, table)
    token = write_csv(made, folder / "ours.csv").token
    return (folder / "ours.csv").read_bytes(), by_copy(made, folder / "l.csv", token)


def difficult(number):
    """So many rows: some alike, some not, some missing."""
    chance = np.random.default_rng(1).random(number)
    plain = itertools.islice(itertools.cycle(rows()), number)
    return pa.Table.from_pylist(
        [
            {
                **row,
                "note": row["note"] if index % NOW_AND_THEN else None,
                "ward": f"{chance[index]:.17f}",
                "value": row["value"] if chance[index] < 0.5 else chance[index],
                "number": index * 10**9,
            }
            for index, row in enumerate(plain)
        ],
        SCHEMA,
    )


@pytest.mark.parametrize("number", [0, 1, len(rows()), csv_text._ROWS + 1])
def test_a_file_is_as_by_copy(tmp_path, number):
    ours, copied = written(tmp_path, difficult(number))

    assert ours == copied


def test_row_groups_follow_one_another_as_by_copy(tmp_path):
    """Also where texts are too many for a dictionary in the Parquet file."""
    count = 2 * ROW_GROUP + 7
    notes = [f"{number:040d}" for number in range(count)]
    values = pa.array([number % 50 / 10 for number in range(count)])
    table = pa.table({"pseudonym": notes, "value": values})

    ours, copied = written(tmp_path, table)

    assert ours == copied


def test_texts_are_quoted_as_by_copy(tmp_path):
    letters = [chr(code) for code in range(1, 128)] + ["æ", "\u2028", "😀"]
    ends = [("", ""), ("x", ""), ("", "x"), ("x", "x")]
    texts = [f"{one}{letter}{two}" for letter in letters for one, two in ends]
    table = pa.table({"pseudonym": texts, "note": ["", "null", "NaN", '""'] * 130})

    ours, copied = written(tmp_path, table)

    assert ours == copied
    assert ours.count(b"\n") > 521  # a line may be within quotation marks


def test_numbers_are_texts_as_by_copy(tmp_path):
    values = [0.0, -0.0, math.nan, math.inf, -math.inf, 0.1 + 0.2, 1e15, 1e16, 1e-5]
    table = pa.table({"pseudonym": ["a"] * 9, "value": values})

    ours, copied = written(tmp_path, table)

    assert ours == copied
    assert b"a,-0.0\n" in ours
    assert b"a,0.0\n" in ours


def test_the_word_for_missing_is_nobodys_text(tmp_path):
    """Also where somebody has it in the last row group only."""
    wards = [None] * ROW_GROUP + ["NA", None]
    table = pa.table({"pseudonym": ["a"] * len(wards), "ward": wards})

    word = write_csv(layout(tmp_path, table), tmp_path / "lab.csv").token

    assert word == "<NA>"
    lines = (tmp_path / "lab.csv").read_text().splitlines()
    assert lines[:2] == ["pseudonym,ward", "a,<NA>"]
    assert lines[-2:] == ["a,NA", "a,<NA>"]
    assert len(lines) == len(wards) + 1


def test_a_table_with_every_word_for_missing_is_refused(tmp_path):
    table = pa.table({"pseudonym": list("abc"), "ward": list(TOKENS)})

    with pytest.raises(InputError, match="no word left for a missing value"):
        write_csv(layout(tmp_path, table), tmp_path / "lab.csv")


def test_few_rows_are_put_together_at_a_time_where_texts_are_long(
    tmp_path, monkeypatch
):
    """Arrow counts the bytes of a column in 31 bits, however few its values are."""
    monkeypatch.setattr(csv_text, "_BYTES", 10_000)
    sizes = []

    def watched(*given):
        for content in lines(*given):
            sizes.append(content.size)
            yield content

    lines = csv_text._lines
    monkeypatch.setattr(csv_text, "_lines", watched)
    texts = ["y" * 3000, "z", None, "x" * 20_000] * 50
    table = pa.table({"pseudonym": ["a", "b"] * 100, "note": texts})

    ours, copied = written(tmp_path, table)

    assert ours == copied
    assert max(sizes) < 30_000
