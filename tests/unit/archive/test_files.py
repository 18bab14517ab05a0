"""Files that an analysis wrote, compared by what they hold."""

import base64
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from enclave.archive.comparison import parquet
from enclave.archive.comparison.files import compare_files
from enclave.archive.comparison.finding import Finding
from enclave.archive.comparison.policy import Policy
from enclave.archive.comparison.text import TextComparer
from enclave.archive.comparison.verdict import Verdict


SAME, EQUAL, DRIFT, DIFFERS = list(Verdict)[:4]

TABLE = pd.DataFrame(
    {
        "group": ["a", "b", "c"],
        "n": [12, 7, 30],
        "mean": [1.5, 0.30000000000000004, -2.25],
    }
)


def _changed(**cells: Any) -> pd.DataFrame:
    """TABLE with another value in the second row of a column."""
    frame = TABLE.copy()
    for name, value in cells.items():
        frame.loc[1, name] = value
    return frame


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False)


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


def _xpt(version: int):
    def write(frame: pd.DataFrame, path: Path) -> None:
        pyreadstat.write_xport(frame, str(path), file_format_version=version)

    return write


WRITERS = {"t.csv": _csv, "t.parquet": _parquet, "t.xpt": _xpt(5), "8.xpt": _xpt(8)}


@pytest.fixture
def compared(tmp_path: Path):
    """Compare two files of one name, each made by a function of its path."""

    def compare(name: str, make: Any, remake: Any, policy: Policy | None = None):
        paths = [tmp_path / side / name for side in ("archived", "rerun")]
        for path, how in zip(paths, (make, remake), strict=True):
            path.parent.mkdir(exist_ok=True)
            how(path)
        comparer = TextComparer(policy or Policy())
        ((_, finding),) = compare_files(comparer, {name: paths[0]}, {name: paths[1]})
        return finding

    return compare


@pytest.fixture
def tables(compared):
    """Compare TABLE with another one, both written in one format."""

    def compare(name: str, other: pd.DataFrame, **more: Any) -> Finding:
        write = WRITERS[name]
        return compared(
            name,
            lambda path: write(TABLE, path),
            lambda path: write(other, path),
            **more,
        )

    return compare


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    ("other", "verdict", "where"),
    [
        (_changed(mean=0.3), EQUAL, "column mean, b"),
        (_changed(mean=0.31), DIFFERS, "column mean, b"),
        (_changed(n=8), DIFFERS, "column n, b"),
        (_changed(group="x"), DIFFERS, "row b"),
        (TABLE.iloc[[2, 0, 1]], DRIFT, "rows"),
        (TABLE[["n", "group", "mean"]], DRIFT, "columns"),
        (TABLE.iloc[:2], DIFFERS, "row c"),
        (TABLE.rename(columns={"mean": "median"}), DIFFERS, "column mean"),
    ],
)
def test_tables_are_compared_by_column_and_key(tables, name, other, verdict, where):
    finding = tables(name, other)

    assert finding.verdict is verdict
    assert finding.differences[0].where == where


def test_the_same_table_in_other_bytes_is_identical(compared):
    finding = compared(
        "t.parquet",
        lambda path: TABLE.to_parquet(path, compression="snappy"),
        lambda path: TABLE.to_parquet(path, compression="gzip"),
    )

    assert finding.verdict is SAME


def test_rows_are_matched_by_the_columns_that_the_author_names(tables):
    policy = Policy(keys=(("t.csv", ("n",)),))

    assert tables("t.csv", _changed(group="x")).differences[0].where == "row b"
    named = tables("t.csv", _changed(group="x"), policy=policy)
    assert named.differences[0].where == "column group, 7"


def test_rows_without_a_name_are_compared_in_their_order(compared):
    def write(*rows: str):
        return lambda path: path.write_text("\n".join(["x,y", *rows]))

    one = write("0.5,1.5", "0.5,1.5", "2.5,1.5")

    changed = compared("t.csv", one, write("0.5,1.5", "0.5,1.6", "2.5,1.5"))
    reordered = compared("t.csv", one, write("2.5,1.5", "0.5,1.5", "0.5,1.5"))
    shorter = compared("t.csv", one, write("0.5,1.5", "0.5,1.5"))

    assert (changed.verdict, changed.differences[0].where) == (
        DIFFERS,
        "column y, row 2",
    )
    assert reordered.rules == {"row-order"}
    assert shorter.differences[0].reason == "other number of rows"


def test_a_decimal_comma_is_read(compared):
    finding = compared(
        "t.csv",
        lambda path: path.write_text("gruppe;andel\na;0,30000000000000004\n"),
        lambda path: path.write_text("gruppe;andel\na;0,3\n"),
    )

    assert finding.verdict is EQUAL


def test_missing_values_are_equal_to_missing_values_only(compared):
    def write(value: float | None):
        return lambda path: pd.DataFrame({"g": ["a"], "x": [value]}).to_parquet(path)

    assert compared("t.parquet", write(None), write(None)).verdict is SAME
    assert compared("t.parquet", write(None), write(0.0)).verdict is DIFFERS


def test_a_file_on_one_side_only_differs(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("x")

    missing, additional = (
        next(compare_files(TextComparer(Policy()), *sides))[1]
        for sides in (({"a.txt": path}, {}), ({}, {"a.txt": path}))
    )

    assert missing.differences[0].reason == "missing in the re-run"
    assert additional.differences[0].reason == "additional in the re-run"


def test_pictures_in_files_are_compared_by_their_pixels(compared, build, noisy):
    picture = build.picture(size=(60, 40))

    def write(image):
        return lambda path: path.write_bytes(base64.b64decode(build.png(image)))

    near = compared("a.png", write(picture), write(noisy(picture, 2)))
    far = compared("a.png", write(picture), write(build.picture(size=(9, 6))))

    assert (near.verdict, far.verdict) == (EQUAL, DIFFERS)


@pytest.mark.parametrize(
    ("name", "archived", "rerun", "verdict"),
    [
        ("a.json", '{"a": 0.1, "b": 2}', '{"b": 2, "a": 0.10000000000000001}', SAME),
        ("a.json", '{"a": 0.1}', '{"a": 0.2}', DIFFERS),
        ("a.json", "no json 1.0", "no json 1.00", EQUAL),
        ("a.html", "<p>n = <b>3</b></p>", "<p>n = <b>4</b></p>", DIFFERS),
        ("a.svg", '<g id="m0123456789"/>', '<g id="mabcdef0123"/>', SAME),
        ("a.txt", "object at 0x7f0011aabbcc", "object at 0x55aa00112233", SAME),
        ("a.tex", r"\num{0.30000000000000004}", r"\num{0.3}", EQUAL),
        ("a.csv", "a,b\n1\n", "a,b\n2\n", DIFFERS),
        ("a.bin", "\0a", "\0b", DIFFERS),
        ("a.parquet", "no parquet 1", "no parquet 2", DIFFERS),
        ("a.xpt", "no xpt 1", "no xpt 2", DIFFERS),
        (
            "a.pdf",
            "%PDF /CreationDate (D:20261122)\0 1",
            "%PDF /CreationDate (D:20311201)\0 1",
            SAME,
        ),
        (
            "a.pdf",
            "%PDF /CreationDate (D:20261122)\0 1",
            "%PDF /CreationDate (D:20311201)\0 2",
            DIFFERS,
        ),
    ],
)
def test_other_files(compared, name, archived, rerun, verdict):
    finding = compared(
        name,
        lambda path: path.write_text(archived),
        lambda path: path.write_text(rerun),
    )

    assert finding.verdict is verdict


def test_infinity_is_near_to_nothing(compared):
    """Also behind so many rounded values that not all of them are told of."""
    policy = Policy()
    rounded = [0.1 + 1e-12 * n for n in range(2 * policy.shown_differences)]
    exact = [0.1] * len(rounded)

    def write(values: list[float], last: float):
        frame = pd.DataFrame({"x": [*values, last]})
        return frame.to_parquet

    near = compared("t.parquet", write(exact, 5.0), write(rounded, 5.0))
    infinite = compared("t.parquet", write(exact, 5.0), write(rounded, float("inf")))

    assert near.verdict is EQUAL
    assert infinite.verdict is DIFFERS


TEXTS = (
    pa.string(),
    pa.large_string(),  # as Polars writes it
    pa.string_view(),
    pa.binary(),
    pa.large_binary(),
    pa.binary_view(),
    pa.dictionary(pa.int32(), pa.string()),
)


@pytest.mark.parametrize("kind", TEXTS, ids=str)
def test_a_small_file_of_much_text_is_compared_by_its_bytes(
    compared, kind, monkeypatch
):
    """A text of a megabyte that stands in each row is a bomb."""
    monkeypatch.setattr(parquet, "_MOST_READ", 10 << 20)

    def write(letter: str, rows: int):
        table = pa.table({"a": pa.array([letter * (1 << 20)] * rows).cast(kind)})
        return lambda path: pq.write_table(table, path)

    few = compared("t.parquet", write("x", 8), write("y", 8))
    many = compared("t.parquet", write("x", 30), write("y", 30))

    assert few.differences[0].where.startswith("column a")
    assert [one.reason for one in many.differences] == ["other bytes"]
    assert len(str(many)) < 10_000  # nor is it quoted


@pytest.mark.parametrize("kind", TEXTS, ids=str)
def test_texts_and_bytes_of_each_type_are_compared(compared, kind):
    def write(*cells: str | None):
        table = pa.table({"n": range(3), "a": pa.array(cells).cast(kind)})
        return lambda path: pq.write_table(table, path, row_group_size=2)

    one = write("x", None, "y")

    assert compared("t.parquet", one, write("x", None, "z")).verdict is DIFFERS
    assert compared("t.parquet", one, write("x", "", "y")).verdict is DIFFERS
    reordered = compared("t.parquet", one, lambda path: _write_reversed(path, kind))
    assert reordered.rules == {"row-order"}


def _write_reversed(path: Path, kind: pa.DataType) -> None:
    table = pa.table({"n": [2, 1, 0], "a": pa.array(["y", None, "x"]).cast(kind)})
    pq.write_table(table, path)


@pytest.mark.parametrize(
    "value",
    [["x"], {"b": "x"}, pa.scalar(b"x" * 99, pa.binary(99)), [[1.5]]],
    ids=["list", "struct", "wide", "nested"],
)
def test_columns_that_nobody_can_count_are_not_read(compared, value):
    column = pa.array([value] * 3)

    def write(rows: int):
        table = pa.table({"n": range(rows), "a": column[:rows]})
        return lambda path: pq.write_table(table, path)

    (found,) = compared("t.parquet", write(3), write(2)).differences

    assert found.where == "column a"
    assert "cannot be compared: write numbers, dates or texts" in found.reason


def test_a_name_that_stands_twice_is_compared_by_bytes(compared):
    """Only one of the two would be read as what can be counted."""

    def write(*cells: str):
        table = pa.Table.from_arrays([pa.array(cells)] * 2, names=["a", "a"])
        return lambda path: pq.write_table(table, path)

    (found,) = compared("t.parquet", write("x"), write("y")).differences

    assert found.reason == "other bytes"
