"""CSV that is written beside Parquet is the CSV that is made from it."""

import duckdb
import pytest

from enclave.canonical import file_digest
from enclave.delivery.deliver import deliver
from enclave.delivery.engine import bounded
from enclave.delivery.formats.csv_text import write_csv
from enclave.delivery.formats.layout import layout_of
from enclave.delivery.formats.writing import write_formats
from enclave.delivery.manifest import verify_folder
from enclave.projects.forms import Format
from tests.builders.delivery import a_table, an_extraction
from tests.builders.installation import issued
from tests.builders.projects import at


PERSONS = 200
# Two row groups.
ROWS = 200_000
COLUMNS = ("date", "code", "value", "answered")
DESCRIBED = {
    "name": "lab",
    "label": {"en": "Laboratory"},
    "columns": [
        {"name": name, "type": "string", "label": {"en": name, "da": name}}
        for name in ("pseudonym", *COLUMNS)
    ],
}


def rows_with(code):
    """Rows with values that are alike, that are not, and that are missing."""
    connection = duckdb.connect()
    connection.sql(f"FROM range({ROWS})").create_view("numbers")
    connection.view("numbers").project(
        f"(hash(range) % {PERSONS})::BIGINT AS person,"
        " DATE '2015-01-01' + (hash(range, 1) % 300)::INTEGER AS date,"
        " if(range % 7 = 0, NULL,"
        " TIMESTAMP '2015-01-01 10:00:00.5' + to_seconds(range)) AS answered,"
        f" {code} AS code,"
        " if(range % 3 = 0, NULL, hash(range, 2) / 7) AS value"
    ).create_view("lab")
    return connection


def extracted(folder, code):
    connection = rows_with(code)
    bounded(connection, folder / "spill")
    extraction = an_extraction(connection, dict.fromkeys(range(PERSONS)), csv=True)
    table = a_table(*(f"lab.{name}" for name in COLUMNS))
    sha256 = extraction.write(table, folder / "lab.parquet")
    assert sha256 == file_digest(folder / "lab.parquet")
    return extraction.csv_files


@pytest.mark.parametrize("code", ["CASE range % 3 WHEN 0 THEN 'a,\"b\"' END", "range"])
def test_it_is_the_same_file(tmp_path, code):
    made = extracted(tmp_path, f"({code})::VARCHAR")

    later = write_csv(
        layout_of(tmp_path / "lab.parquet", DESCRIBED), tmp_path / "l.csv"
    )
    assert made == {"lab": later}
    assert later == ("NA", file_digest(tmp_path / "l.csv"))
    assert (tmp_path / "lab.csv").read_bytes() == (tmp_path / "l.csv").read_bytes()


def test_where_somebody_has_the_word_for_missing_it_is_made_afterwards(tmp_path):
    made = extracted(tmp_path, f"if(range = {ROWS - 1}, 'NA', NULL)")

    assert made == {}
    hashes = write_formats(tmp_path, {"tables": [DESCRIBED]}, (Format.CSV,), made)
    text = (tmp_path / "lab.csv").read_text()
    assert text.count(",NA,") == 1
    assert text.count(",<NA>,") >= ROWS - 1
    assert text.count("\n") == ROWS + 1
    assert hashes == {"lab.csv": file_digest(tmp_path / "lab.csv")}


@pytest.mark.parametrize("formats", [("csv",), ("parquet", "csv")])
def test_a_version_has_the_hashes_of_its_files(settings, clinic, formats):
    grant = issued(settings, clinic, formats=formats)

    folder = deliver(settings, clinic, grant.id, clock=at()).folder

    manifest = verify_folder(folder)
    tables = {file.name for file in manifest.tables}
    assert {path.stem for path in folder.glob("*.csv")} == {*tables, "data-dictionary"}
    assert {file.file for file in manifest.tables} == {
        f"{name}.{formats[0]}" for name in tables
    }
