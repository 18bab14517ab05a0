"""What each reader makes of sound and unsound files, in this process."""

import io
import struct
import zipfile
from datetime import date, datetime, time
from decimal import Decimal

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from enclave.airlock.conversion.readers.opening import kind_of
from enclave.airlock.conversion.refusals import REASONS, fault_of_the_host
from enclave.portal.danish import in_danish
from tests.builders.uploads import WRITERS, converted


def written(tmp_path, kind, columns):
    path = tmp_path / "upload"
    WRITERS[kind](columns, path)
    return converted(path)


def parquet(tmp_path, **columns):
    pq.write_table(pa.table(columns), tmp_path / "upload")
    return converted(tmp_path / "upload")


def refused(tmp_path, content: bytes) -> str:
    (tmp_path / "upload").write_bytes(content)
    return converted(tmp_path / "upload")[0]["refused"]


@pytest.mark.parametrize("kind", WRITERS)
def test_a_table_is_the_same_in_every_format(tmp_path, kind):
    said, table = written(
        tmp_path,
        kind,
        {
            "code": ["007", 'æøå "x",\n=1', None],
            "value": [1.5, None, -2.0],
            "day": [date(1931, 5, 9), date(2001, 1, 2), None],
        },
    )

    assert (said["format"], said["rows"], table.names) == (
        kind, 3, ["code", "value", "day"],
    )  # fmt: skip
    assert table.column("code").to_pylist() == ["007", 'æøå "x",\n=1', None]
    assert table.column("value").to_pylist() == ["1.5", None, "-2"]
    assert table.column("day").to_pylist() == ["1931-05-09", "2001-01-02", None]


def test_parquet_keeps_what_other_formats_cannot(tmp_path):
    said, table = parquet(
        tmp_path,
        big=pa.array([2**53 + 1, -(2**63), None]),
        text=pa.array(["", None, "x" * 100_000]),
        money=pa.array([Decimal("1.50"), None, Decimal("-0.10")]),
        yes=pa.array([True, False, None]),
        word=pa.array(["a", None, "a"]).dictionary_encode(),
        small=pa.array([0.1, float("nan"), None], pa.float32()),
        at=pa.array([time(1, 2, 3), None, time(0)]),
    )

    assert table.column("big").to_pylist() == [str(2**53 + 1), str(-(2**63)), None]
    assert table.column("text").to_pylist() == ["", None, "x" * 100_000]
    assert table.column("money").to_pylist() == ["1.50", None, "-0.10"]
    assert table.column("yes").to_pylist() == ["true", "false", None]
    assert table.column("word").to_pylist() == ["a", None, "a"]
    assert (
        float(table.column("small").to_pylist()[0])
        == struct.unpack("f", struct.pack("f", 0.1))[0]
    )
    assert table.column("small").to_pylist()[1:] == ["nan", None]
    assert said["declared"] == [
        "integer", "text", "number", "boolean", "text", "number", "time",
    ]  # fmt: skip


def test_the_hour_that_is_there_twice_stays_two(tmp_path):
    autumn = pa.array([1_603_587_600 - 3_600, 1_603_587_600], pa.int64())
    there = autumn.cast(pa.timestamp("s")).cast(pa.timestamp("s", "Europe/Copenhagen"))
    _, table = parquet(tmp_path, a=there, b=pa.array([1, 2]))

    assert table.column("a").to_pylist() == [
        "2020-10-25 02:00:00+0200", "2020-10-25 02:00:00+0100",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us")])
def test_days_that_no_calendar_has_are_refused(tmp_path, kind):
    size = pa.int32() if kind == pa.date32() else pa.int64()
    most = pa.array([2**30 if kind == pa.date32() else 2**62, None], size).view(kind)

    assert parquet(tmp_path, a=most, b=pa.array([1, 2]))[0] == {"refused": "dates"}


def test_a_column_of_nothing_is_one_of_any_type(tmp_path):
    said, table = parquet(tmp_path, a=pa.nulls(2), b=pa.array([1, 2]))

    assert (said["declared"], said["rows"]) == (["", "integer"], 2)
    assert table.column("a").to_pylist() == [None, None]


def test_moments_of_a_column_are_written_in_one_way(tmp_path):
    midnight = datetime.fromisoformat("1931-05-09")
    noon = datetime.fromisoformat("2001-01-02 12:00:01")
    evening = datetime.fromisoformat("2000-12-31 23:00:00")
    exact = noon.replace(microsecond=7)
    _, table = parquet(
        tmp_path,
        days=pa.array([midnight, None], pa.timestamp("ns")),
        seconds=pa.array([midnight, noon], pa.timestamp("ns")),
        exact=pa.array([midnight, exact], pa.timestamp("us")),
        there=pa.array([evening] * 2, pa.timestamp("us", "Europe/Copenhagen")),
    )

    assert table.column("days").to_pylist() == ["1931-05-09", None]
    assert table.column("seconds").to_pylist() == [
        "1931-05-09 00:00:00",
        "2001-01-02 12:00:01",
    ]
    assert table.column("exact").to_pylist() == [
        "1931-05-09 00:00:00.000000", "2001-01-02 12:00:01.000007",
    ]  # fmt: skip
    assert table.column("there").to_pylist() == ["2001-01-01"] * 2


def test_the_kinds_of_missing_values_are_kept(tmp_path):
    frame = pd.DataFrame({"id": ["a", "b", "c"], "value": [1.0, "a", "z"]})
    pyreadstat.write_dta(
        frame, tmp_path / "upload", missing_user_values={"value": ["a", "z"]}
    )
    _, table = converted(tmp_path / "upload")

    assert table.names == ["id", "value"]
    assert table.column("value").to_pylist() == ["1", None, None]
    assert table.column("value.missing").to_pylist() == [None, "a", "z"]


def test_the_kinds_of_a_transport_file_are_kept(tmp_path):
    WRITERS["xpt"]({"id": ["a", "b"], "value": [1.0, None]}, tmp_path / "upload")
    content = (tmp_path / "upload").read_bytes()
    missing = b"." + bytes(7)
    assert content.count(missing) == 1
    (tmp_path / "upload").write_bytes(content.replace(missing, b"K" + bytes(7)))

    _, table = converted(tmp_path / "upload")

    assert table.column("value").to_pylist() == ["1", None]
    assert table.column("value.missing").to_pylist() == [None, "K"]


def test_a_workbook_keeps_whole_numbers_zeros_and_booleans(tmp_path):
    _, table = written(
        tmp_path,
        "xlsx",
        {"a": ["007", 2**53 - 1, 0, None], "b": [True, False, time(8, 5), 0.1]},
    )

    assert table.column("a").to_pylist() == ["007", str(2**53 - 1), "0", None]
    assert table.column("b").to_pylist() == ["true", "false", "08:05:00", "0.1"]


def test_rows_of_a_workbook_may_be_empty_and_end_empty(tmp_path):
    book = openpyxl.Workbook()
    for row in (["a", "b"], [1, 2], [], [3], [None, None]):
        book.active.append(row)
    book.create_sheet("empty")
    book.active["A6"].value = None
    book.save(tmp_path / "upload")

    _, table = converted(tmp_path / "upload")

    assert (table.column("a").to_pylist(), table.column("b").to_pylist()) == (
        ["1", None, "3"],
        ["2", None, None],
    )


def workbook(*sheets) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(out)
    return out.getvalue()


def archive(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name.replace("__", "/"), content)
    return out.getvalue()


NAMES = ["a", "b"]
UNSOUND = {
    "a formula": (workbook([NAMES, [1, "=A2+1"]]), "formulas"),
    "an error": (workbook([NAMES, [1, "#N/A"]]), "formulas"),
    "two sheets": (workbook([NAMES, [1, 2]], [NAMES, [3, 4]]), "sheets"),
    "no rows at all": (workbook([]), "sheets"),
    "a row beyond its names": (workbook([NAMES, [1, 2, 3]]), "sheets"),
    "a zip of something": (archive(a=b"x"), "unknown"),
    "half a workbook": (workbook([NAMES, [1, 2]])[:3_000], "damaged"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_excel"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe,\x00", "unknown"),
    "a pickle": (
        b"\x80\x04\x95\x1c\x00\x00\x00\x00\x00\x00\x00cposix\nsystem",
        "unknown",
    ),
    "a pickle in letters": (b"cposix\nsystem\n(S'touch x'\ntR.", "one_column"),
    "not UTF-8": (b"a,b\n\xe6,2\n", "csv"),
    "a row too short": (b"a,b\n1\n", "csv"),
    "semicolons": (b"a;b\n1;2\n", "one_column"),
    "a name twice": (b"a,a\n1,x\n", "names"),
    "a name missing": (b"a,\n1,x\n", "names"),
    "a title above the names": (b"My table\na,b\n1,2\n3,4\n", "one_column"),
    "a title with a comma": (b"My, table\na,b,c\n1,2,3\n4,5,6\n", "csv"),
    "a remark in one cell": (b"a,b\n1,2\n# a remark\n3,4\n", "csv"),
    "quotes escaped otherwise": (b'a,b\n1,"x\\"y"\n', "csv"),
    "a fault far behind the beginning": (b"a,b\n" + b"1,2\n" * 99_999 + b"3\n", "csv"),
    "quotes without end": (b'a,b\n"1,2\n3,4\n', "csv"),
    "nothing": (b"", "unknown"),
}


@pytest.mark.parametrize("what", UNSOUND)
def test_what_is_unsound_is_refused_with_its_reason(tmp_path, what):
    content, reason = UNSOUND[what]

    assert refused(tmp_path, content) == reason


@pytest.mark.parametrize("kind", ["parquet", "dta", "sav", "xpt", "xlsx"])
def test_half_a_file_is_refused(tmp_path, kind):
    rows = 500
    columns = {"a": [f"k{n}" for n in range(rows)], "b": [n / 7 for n in range(rows)]}
    WRITERS[kind](columns, tmp_path / "upload")
    content = (tmp_path / "upload").read_bytes()

    # By whole records of SAS, so that nothing is out of place but the end.
    assert refused(tmp_path, content[: len(content) // 160 * 80]) == "damaged"


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pa.array([[1], [2]]), "nested"),
        (pa.array([b"\x00", b"x"]), "nested"),
        (pa.array([{"a": 1}, None]), "nested"),
        (pa.array(["a\0b", "c"]), "nul"),
        (pa.array(pa.array([b"\xff", b"x"]).view(pa.string())), "damaged"),
    ],
)
def test_columns_that_are_no_plain_values_are_refused(tmp_path, column, reason):
    assert parquet(tmp_path, a=column, b=pa.array([1, 2]))[0] == {"refused": reason}


def test_names_that_are_none_are_refused(tmp_path):
    column = pa.array([1])
    for names in (["a", "a"], ["a", " "], ["a", "b\n"], ["a", 'b"']):
        pq.write_table(pa.table([column, column], names=names), tmp_path / "upload")
        assert converted(tmp_path / "upload")[0] == {"refused": "names"}


def test_no_file_is_taken_for_what_its_name_says():
    assert kind_of(b"a,b\n") == "csv"
    assert kind_of(b"PAR1....") == "parquet"


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_given_in_danish(reason):
    assert in_danish(REASONS[reason]) != REASONS[reason]


def test_the_machines_fault_is_told_in_danish():
    assert "som er beholdt" in in_danish(str(fault_of_the_host("IOException")))
