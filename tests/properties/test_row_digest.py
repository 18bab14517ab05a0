"""The digest of a table follows the set of its rows and nothing else."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enclave.warehouse.content import content, row_text, write_new_rows
from enclave.warehouse.engine import reading_engine


SCHEMA = pa.schema(
    [
        ("person", pa.int64()),
        ("code", pa.string()),
        ("note", pa.string()),
        ("value", pa.float64()),
        ("day", pa.date32()),
        ("right", pa.bool_()),
    ]
)
NAMES_AND_TYPES = list(
    zip(
        SCHEMA.names,
        ["BIGINT", "VARCHAR", "VARCHAR", "DOUBLE", "DATE", "BOOLEAN"],
        strict=True,
    )
)
TEXT = st.none() | st.text("ab|:-1é", max_size=3)
ROW = st.tuples(
    st.integers(1, 3),
    TEXT,
    TEXT,
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.dates(date(1990, 1, 1), date(1990, 1, 3)),
    st.none() | st.booleans(),
)
REST = (None, None, None)
ROWS = st.lists(ROW, unique=True, max_size=6)
FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def engine():
    with reading_engine() as engine:
        yield engine


def write(path, rows):
    table = [dict(zip(SCHEMA.names, row, strict=True)) for row in rows]
    pq.write_table(pa.Table.from_pylist(table, schema=SCHEMA), path)
    return path


@FEW
@given(rows=ROWS, data=st.data())
def test_order_and_number_of_files_do_not_matter(engine, tmp_path, rows, data):
    shuffled = data.draw(st.permutations(rows))
    cut = data.draw(st.integers(0, len(rows)))
    whole = write(tmp_path / "whole.parquet", rows)
    halves = [
        write(tmp_path / "first.parquet", shuffled[:cut]),
        write(tmp_path / "second.parquet", shuffled[cut:]),
    ]

    assert content(engine, halves) == content(engine, [whole])


@FEW
@given(some=ROWS, other=ROWS)
def test_different_rows_have_different_digests(engine, tmp_path, some, other):
    digests = {
        content(engine, [write(tmp_path / "rows.parquet", rows)]).digest
        for rows in (some, other)
    }

    assert len(digests) == (1 if same(some, other) else 2)


@FEW
@given(rows=st.lists(ROW, unique=True, min_size=2, max_size=6))
@example(rows=[(1, "a|b", "c", *REST), (1, "a", "b|c", *REST)])
@example(rows=[(1, None, "c", *REST), (1, "-", "c", *REST)])
@example(rows=[(1, "", "c", *REST), (1, None, "c", *REST)])
def test_two_rows_share_their_text_only_if_they_are_equal(engine, tmp_path, rows):
    path = write(tmp_path / "rows.parquet", rows)

    texts = engine.execute(
        f"FROM '{path}' SELECT {row_text(NAMES_AND_TYPES)}"
    ).fetchall()

    assert len(set(texts)) == len({repr(row) for row in rows})


@FEW
@given(old=ROWS, new=ROWS)
def test_only_gained_rows_are_written_and_only_if_none_is_lost(
    engine, tmp_path, old, new
):
    before = write(tmp_path / "before.parquet", old)
    after = write(tmp_path / "after.parquet", new)
    file = tmp_path / "gained.parquet"
    file.unlink(missing_ok=True)

    written = write_new_rows(engine, [str(before)], after, file)

    lost = {repr(row) for row in old} - {repr(row) for row in new}
    assert written is not bool(lost)
    if written:
        gained = engine.execute(f"FROM '{file}'").fetchall()
        expected = {repr(row) for row in new} - {repr(row) for row in old}
        assert {repr(row) for row in gained} == expected


def same(some, other):
    # By their text, since Python holds 0.0 and -0.0 for equal.
    return {repr(row) for row in some} == {repr(row) for row in other}
