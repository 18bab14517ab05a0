"""Files of SAS, Stata and SPSS in formats that are older, packed or a program's own.

R's haven and pandas write them; what neither writes (packed ``.sas7bdat``) is read by
hand from what pandas and pyreadstat publish: ``docs/how-to/bring-own-data.md``.
"""

import math
import shutil
import subprocess
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from enclave.airlock.conversion.readers.opening import open_table
from enclave.airlock.conversion.readers.unreadable import UnreadableError
from enclave.airlock.conversion.refusals import REASONS
from tests.builders.uploads import converted


IRIS = Path("/usr/lib/R/site-library/haven/examples/iris.sas7bdat")
SCRIPT = r"""
suppressMessages(library(haven))
day <- as.Date(c("1931-05-09", "9999-12-31", NA))
at <- as.POSIXct(c("1931-05-09 12:00:01", "2001-01-02 00:00:00", NA), tz = "UTC")
d <- data.frame(code = c("007", "\u00e6\u00f8\u00e5 x", ""), value = c(1.5, NA, -2))
d$day <- day; d$at <- at; d$big <- c(2^53, -1931, NA)
suppressWarnings(write_sas(d, "haven.sas7bdat"))
write_sav(d, "packed.sav", compress = "zsav")
write_sav(d, "bare.sav", compress = "none")
for (version in c(8, 10, 12, 13, 14)) {
  write_dta(d, paste0("haven", version, ".dta"), version = version)
}
d$day[1] <- d$day[1] + 0.5
suppressWarnings(write_sas(d, "part.sas7bdat"))
write_dta(d, "part.dta"); write_sav(d, "part.sav")
suppressWarnings(write_xpt(d, "part.xpt", version = 8))
k <- data.frame(id = c("a", "b", "c")); k$v <- c(1, tagged_na("Z"), NA)
suppressWarnings(write_sas(k, "kinds.sas7bdat"))
"""
WHOLE = {
    "haven.sas7bdat": b"\0",
    "packed.sav": b"$FL3",
    "bare.sav": b"$FL2",
    "haven8.dta": b"\x71",
    "haven10.dta": b"\x72",
    "haven12.dta": b"\x73",
    "haven13.dta": b"<stata_dta><header><release>117",
    "haven14.dta": b"<stata_dta><header><release>118",
}


@pytest.fixture(scope="module")
def haven(tmp_path_factory):
    if shutil.which("Rscript") is None or not IRIS.exists():
        pytest.skip("R and haven are not installed")
    folder = tmp_path_factory.mktemp("haven")
    subprocess.run(["Rscript", "-e", SCRIPT], cwd=folder, check=True, timeout=120)
    return folder


def read(path, tmp_path):
    shutil.copy(path, tmp_path / "upload")
    return converted(tmp_path / "upload")


@pytest.mark.parametrize("name", WHOLE)
def test_what_r_writes_is_read_as_it_was(haven, tmp_path, name):
    assert (haven / name).read_bytes().startswith(WHOLE[name])

    said, table = read(haven / name, tmp_path)

    assert table is not None, said
    assert said["declared"] == ["text", "number", "date", "time", "number"]
    assert {one: table.column(one).to_pylist() for one in table.names} == {
        "code": ["007", "æøå x", None],
        "value": ["1.5", None, "-2"],
        "day": ["1931-05-09", "9999-12-31", None],
        "at": ["1931-05-09 12:00:01", "2001-01-02 00:00:00", None],
        "big": [str(2**53), "-1931", None],
    }


@pytest.mark.parametrize("kind", ["sas7bdat", "dta", "sav", "xpt"])
def test_parts_of_days_are_refused_rather_than_lost(haven, tmp_path, kind):
    said, _ = read(haven / f"part.{kind}", tmp_path)

    assert said == {"refused": "part_of_day"}
    assert "holds a part of a day" in REASONS["part_of_day"]


@pytest.mark.usefixtures("haven")
def test_a_file_that_sas_itself_wrote_is_read(tmp_path):
    said, table = read(IRIS, tmp_path)

    assert (said["format"], said["rows"]) == ("sas7bdat", 150)
    assert table.column("Sepal_Length").to_pylist()[:3] == ["5.1", "4.9", "4.7"]
    assert set(table.column("Species").to_pylist()) == {
        "setosa",
        "versic",
        "virgin",
    }  # fmt: skip - and so pandas reads it: the file itself holds six letters


@pytest.mark.parametrize("version", [114, 117, 118, 119])
def test_what_pandas_writes_for_stata_is_read_as_it_was(tmp_path, version):
    """Before 118, in the letters of Windows; so wrote Stata itself."""
    frame = pd.DataFrame({"code": ["007", "æøå"], "whole": [1, 2**30]})
    frame["day"] = pd.to_datetime(["1931-05-09", "2001-01-02"])
    frame.to_stata(
        tmp_path / "upload",
        version=version,
        write_index=False,
        convert_dates={"day": "td"},
    )

    said, table = converted(tmp_path / "upload")

    assert said["declared"] == ["text", "integer", "date"]
    assert table.column("code").to_pylist() == ["007", "æøå"]
    assert table.column("whole").to_pylist() == ["1", str(2**30)]
    assert table.column("day").to_pylist() == ["1931-05-09", "2001-01-02"]


def test_moments_that_count_leap_seconds_are_refused(tmp_path):
    frame = pd.DataFrame({"a": [1.0, 2.0], "at": [1.9e12, None]})
    for shown, refused in (("%tC", True), ("%tCDDmonCCYY", True), ("%tc", False)):
        pyreadstat.write_dta(
            frame, tmp_path / "upload", variable_format={"at": shown}, version=14
        )
        said, _ = converted(tmp_path / "upload")
        assert (said.get("refused") == "leap_seconds") == refused, shown


@pytest.mark.parametrize("kind", ["dta", "sav", "xport"])
def test_a_zero_keeps_its_sign(tmp_path, kind):
    write = getattr(pyreadstat, f"write_{kind}")
    write(pd.DataFrame({"a": [0.0, -0.0, -3.0], "b": ["x", "y", "z"]}), tmp_path / "u")
    _, table = converted(tmp_path / "u")

    # A number of IBM has a sign beside a zero, too, which SAS gives none.
    zero = "0" if kind == "xport" else "-0"
    assert table.column("a").to_pylist() == ["0", zero, "-3"]


def test_the_kinds_of_missing_values_in_sas_are_kept(haven, tmp_path):
    _, table = read(haven / "kinds.sas7bdat", tmp_path)

    assert table.column("v").to_pylist() == ["1", None, None]
    assert table.column("v.missing").to_pylist() == [None, "Z", None]


def test_a_part_of_a_day_is_found_in_any_row(tmp_path):
    days = [float(one) for one in range(2_000)]
    frame = pd.DataFrame({"a": days, "day": [*days[:-1], 1.25]})
    pyreadstat.write_dta(frame, tmp_path / "upload", variable_format={"day": "%td"})
    assert converted(tmp_path / "upload")[0] == {"refused": "part_of_day"}

    frame["day"] = days
    pyreadstat.write_dta(frame, tmp_path / "upload", variable_format={"day": "%td"})
    _, table = converted(tmp_path / "upload")
    assert table.column("day").to_pylist()[-1] == str(date(1965, 6, 22))


@pytest.mark.parametrize(
    ("kind", "shown", "day"),
    [("xpt", "DATE9.", math.inf), ("dta", "%td", 1e10), ("sav", "DATE11", math.inf)],
)
def test_days_that_no_calendar_has_are_refused_as_such(tmp_path, kind, shown, day):
    write = {
        "xpt": pyreadstat.write_xport,
        "dta": partial(pyreadstat.write_dta, version=12),
        "sav": pyreadstat.write_sav,
    }[kind]
    path = tmp_path / f"upload.{kind}"
    write(pd.DataFrame({"day": [1.0, day]}), path, variable_format={"day": shown})

    said, _ = read(path, tmp_path)

    assert said == {"refused": "dates"}


def test_a_transport_file_is_read_again_for_its_letters_alone(tmp_path, monkeypatch):
    encodings = []

    def counted(*given, encoding, **more):
        encodings.append(encoding)
        return read_xport(*given, encoding=encoding, **more)

    read_xport = pyreadstat.read_xport
    monkeypatch.setattr(pyreadstat, "read_xport", counted)
    path = tmp_path / "upload.xpt"
    frame = pd.DataFrame({"day": [math.inf]})
    pyreadstat.write_xport(frame, path, variable_format={"day": "DATE9."})

    with pytest.raises(UnreadableError, match="dates"):
        open_table(path)
    assert set(encodings) == {"UTF-8"}
