"""What is written for SAS, Stata and CSV, read back by programs that are not ours."""

import math
import shutil
import subprocess
from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest

from enclave.delivery.formats.csv_text import write_csv
from enclave.delivery.formats.names import LONG as LONG_NAME
from enclave.delivery.formats.names import SHORT, name_map, names_for
from enclave.delivery.formats.stata import write_stata
from enclave.delivery.formats.xpt import write_xpt
from enclave.errors import InputError
from tests.builders.difficult_table import LONG, SCHEMA, layout, rows


IN_SAS = [name if len(name) <= 32 else f"{name[:31]}1" for name in SCHEMA.names]


def xpt(tmp_path, version=8, table=None):
    made = layout(tmp_path, table)
    path = tmp_path / "lab.xpt"
    width = SHORT if version == 5 else LONG_NAME
    write_xpt(made, path, version, names_for([made], width)["lab"])
    return path


def stata(tmp_path, table=None):
    made = layout(tmp_path, table)
    write_stata(made, tmp_path / "lab.dta", names_for([made], LONG_NAME)["lab"])
    return tmp_path / "lab.dta"


def short_texts():
    """The same table with no text that version 5 could not hold."""
    table = pa.Table.from_pylist(rows(), SCHEMA)
    notes = [note if note != LONG else "langt" for note in table["note"].to_pylist()]
    return table.set_column(4, "note", pa.array(notes, pa.string()))


def same_numbers(found, expected):
    both = zip(found, expected, strict=True)
    for one, other in both:
        if other is None or math.isnan(other):
            assert one is None or math.isnan(one)
        else:
            assert one == other


def days(values):
    return [None if pd.isna(value) else pd.Timestamp(value).date() for value in values]


def moments(values):
    return [
        None if pd.isna(value) else pd.Timestamp(value).round("ms").to_pydatetime()
        for value in values
    ]


def check(frame):
    """Compare a frame of pandas, dates and moments as such, with the rows."""
    expected = rows()

    def want(name):
        return [row[name] for row in expected]

    for name in ("pseudonym", "ward", "a_name_of_more_than_eight"):
        assert frame[name].fillna("").tolist() == [text or "" for text in want(name)]
    assert days(frame["date"]) == want("date")
    for found, moment in zip(moments(frame["answered"]), want("answered"), strict=True):
        # Readers count in doubles: the last thousandth of a second may be off by one.
        assert moment is None or abs(found - moment) <= timedelta(milliseconds=1)
    same_numbers(frame["value"], want("value"))
    same_numbers(frame["number"], want("number"))
    ids = [str(number) if number is not None else "" for number in want("sample_id")]
    assert frame["sample_id"].fillna("").tolist() == ids
    same_numbers(
        [None if pd.isna(value) else float(value) for value in frame["urgent"]],
        want("urgent"),
    )


def test_sas_8_is_read_by_pyreadstat_as_it_was(tmp_path):
    frame, meta = pyreadstat.read_xport(str(xpt(tmp_path)))

    check(frame)
    assert frame["note"].fillna("").tolist() == [row["note"] or "" for row in rows()]
    assert meta.column_names == IN_SAS
    labels = dict(zip(meta.column_names, meta.column_labels, strict=True))
    assert labels["value"] == "value in English (µmol/L)"
    assert labels["ward"] == "A label of more than forty letters, æøå" * 2
    assert meta.file_label == "Laboratory results"
    assert meta.table_name == "lab"


def test_sas_5_is_read_by_pyreadstat_under_its_short_names(tmp_path):
    frame, meta = pyreadstat.read_xport(str(xpt(tmp_path, 5, short_texts())))

    assert meta.column_names == [
        "pseudon1", "date", "answered", "ward", "note", "value", "number",
        "sample_1", "urgent", "a_name_1", "a_name_2",
    ]  # fmt: skip
    check(frame.set_axis(SCHEMA.names, axis="columns"))


def test_sas_5_is_read_by_pandas(tmp_path):
    path = xpt(tmp_path, 5, short_texts())

    frame = pd.read_sas(path, format="xport", encoding="utf-8")

    same_numbers(frame["value"], [row["value"] for row in rows()])
    origin = date(1960, 1, 1)
    since = [row["date"] and (row["date"] - origin).days for row in rows()]
    # Pandas reads zero as the smallest number that IBM floating point has.
    same_numbers(frame["date"].round(9), since)


def test_sas_keeps_every_double_bit_by_bit(tmp_path):
    rng = np.random.default_rng(3)
    doubles = rng.standard_normal(20_000) * 10.0 ** rng.integers(-70, 70, 20_000)
    table = pa.table({"value": doubles, "pseudonym": ["p"] * len(doubles)})

    frame, _ = pyreadstat.read_xport(str(xpt(tmp_path, 8, table)))

    assert frame["value"].to_numpy().tobytes() == doubles.tobytes()


def test_what_sas_cannot_hold_is_missing_with_its_reason(tmp_path):
    values = [None, float("nan"), float("inf"), -float("inf"), 1e300, 1e-300]
    table = pa.table({"pseudonym": list("abcdef"), "value": pa.array(values, "f8")})

    path = xpt(tmp_path, 8, table)

    # A missing value is its letter and seven zeros; no reader of Python tells which.
    content = path.read_bytes()[-80:]
    letters = [content[9 * row + 1 : 9 * row + 2] for row in range(6)]
    assert letters == [b".", b"N", b"I", b"M", b"L", b"\0"]
    frame, _ = pyreadstat.read_xport(str(path))
    assert frame["value"].isna().tolist() == [True] * 5 + [False]


def test_what_stata_cannot_hold_is_missing_with_its_reason(tmp_path):
    values = [None, float("nan"), float("inf"), -float("inf"), 1e308, 1e-300]
    table = pa.table({"pseudonym": list("abcdef"), "value": pa.array(values, "f8")})
    frame, _ = pyreadstat.read_dta(str(stata(tmp_path, table)), user_missing=True)

    assert frame["value"].tolist()[1:] == [*"niml", 1e-300]


def test_stata_is_read_by_pyreadstat_and_pandas_as_it_was(tmp_path):
    path = stata(tmp_path)

    ours, meta = pyreadstat.read_dta(str(path))
    theirs = pd.read_stata(path)

    for frame in (ours, theirs):
        check(frame)
        assert frame["note"].fillna("").tolist() == [r["note"] or "" for r in rows()]
    assert dict(zip(meta.column_names, meta.column_labels, strict=True))["value"] == (
        "value in English (µmol/L)"
    )
    assert meta.file_label == "Laboratory results"


def test_csv_is_read_by_pandas_and_duckdb_as_it_was(tmp_path):
    token = write_csv(layout(tmp_path), tmp_path / "lab.csv").token

    text = pd.read_csv(tmp_path / "lab.csv", dtype=str, keep_default_na=False)
    read = duckdb.connect().execute(
        "FROM read_csv(?, all_varchar = true, nullstr = ?, header = true)",
        [str(tmp_path / "lab.csv"), token],
    )

    names = [column[0] for column in read.description]
    found = [dict(zip(names, row, strict=True)) for row in read.fetchall()]
    for row, one, other in zip(rows(), text.to_dict("records"), found, strict=True):
        for name, value in row.items():
            if value is None:
                assert (one[name], other[name]) == (token, None)
                continue
            assert one[name] == (other[name] or "")
            match value:
                case bool():
                    assert one[name] == str(value).lower()
                case float():
                    assert repr(float(one[name])) == repr(value)
                case datetime():
                    assert datetime.fromisoformat(one[name]) == value
                case _:
                    assert one[name] == str(value)


def test_a_text_too_long_for_sas_is_refused_and_not_cut(tmp_path):
    table = pa.table({"pseudonym": ["a"], "note": ["æ" * 101]})

    with pytest.raises(InputError, match=r"lab\.note holds a text of 202 bytes"):
        xpt(tmp_path, 5, table)


@pytest.mark.parametrize("rows_of_nobody", [0, 1, 65_536, 65_537])
def test_any_number_of_rows_survives(tmp_path, rows_of_nobody):
    table = pa.table(
        {
            "pseudonym": pa.array(["æ"] * rows_of_nobody, pa.string()),
            "number": pa.array(range(rows_of_nobody), pa.int64()),
        }
    )
    made = layout(tmp_path, table)
    write_xpt(made, tmp_path / "l.xpt", 8, names_for([made], LONG_NAME)["lab"])
    write_stata(made, tmp_path / "l.dta", names_for([made], LONG_NAME)["lab"])
    write_csv(made, tmp_path / "l.csv")

    expected = list(range(rows_of_nobody))
    sas, _ = pyreadstat.read_xport(str(tmp_path / "l.xpt"))
    stata, _ = pyreadstat.read_dta(str(tmp_path / "l.dta"))
    text = pd.read_csv(tmp_path / "l.csv")
    assert sas["number"].tolist() == stata["number"].tolist() == expected
    assert text["number"].tolist() == expected
    assert (tmp_path / "l.xpt").stat().st_size % 80 == 0


def test_the_same_rows_are_the_same_bytes(tmp_path):
    written = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = layout(folder)
        write_xpt(made, folder / "l.xpt", 8, names_for([made], LONG_NAME)["lab"])
        write_stata(made, folder / "l.dta", names_for([made], LONG_NAME)["lab"])
        write_csv(made, folder / "l.csv")
        written.append([path.read_bytes() for path in sorted(folder.iterdir())])

    assert written[0] == written[1]


R = """
suppressMessages(library(haven))
files <- commandArgs(TRUE)
read <- function(f) if (grepl("dta$", f)) read_dta(f) else read_xpt(f)
say <- function(x) if (inherits(x, "Date")) format(x) else if (inherits(x, "POSIXct"))
  as.numeric(x) else if (is.character(x)) x else as.numeric(zap_formats(x))
for (f in files) {
  d <- read(f)
  cat("FILE\\n")
  for (n in names(d)) {
    v <- say(d[[n]])
    v <- if (is.character(v)) v else format(v, digits = 17, trim = TRUE)
    cat(n, attr(d[[n]], "label"), gsub("\\n", " ", v), sep = "\\t"); cat("\\n")
  }
}
"""


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="bin/setup test installs R")
def test_haven_in_r_reads_the_same(tmp_path):
    made = layout(tmp_path)
    write_xpt(made, tmp_path / "lab.xpt", 8, names_for([made], LONG_NAME)["lab"])
    write_stata(made, tmp_path / "lab.dta", names_for([made], LONG_NAME)["lab"])
    (tmp_path / "read.R").write_text(R)

    said = subprocess.run(
        ["Rscript", "read.R", "lab.xpt", "lab.dta"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"},
    ).stdout

    files = said.split("FILE\n")[1:]
    assert len(files) == 2
    for file in files:
        columns = {
            line.split("\t")[0]: line.split("\t")[1:] for line in file.splitlines()
        }
        assert list(columns) == IN_SAS
        assert columns["value"][0] == "value in English (µmol/L)"
        expected = [f"{row['date']}" if row["date"] else "NA" for row in rows()]
        assert columns["date"][1:] == expected
        assert columns["ward"][1:-1] == [row["ward"] for row in rows()][:-1]
        assert columns["note"][4] == LONG.replace("\n", " ")
        values = [
            None if text in {"NA", "NaN"} else float(text)
            for text in columns["value"][1:]
        ]
        same_numbers(values, [row["value"] for row in rows()])
        since = [
            (row["answered"] - datetime(1970, 1, 1)) / timedelta(seconds=1)  # noqa: DTZ001
            for row in rows()[:-1]
        ]
        assert [float(text) for text in columns["answered"][1:-1]] == pytest.approx(
            since, abs=1e-5
        )


def test_short_names_are_written_down(tmp_path):
    names = names_for([layout(tmp_path)], SHORT)

    lines = name_map(names).decode().splitlines()

    assert lines[0] == "table,column,short_table,short_column"
    assert "lab,a_name_of_more_than_eight,lab,a_name_2" in lines
    assert not any(",date," in line for line in lines)
    assert len(set(names["lab"].values())) == len(names["lab"])
