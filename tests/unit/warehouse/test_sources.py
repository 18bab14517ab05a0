import gzip
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from enclave.errors import InputError
from enclave.warehouse.mapping import Csv
from enclave.warehouse.sources.duckdb_file import DuckdbFile
from enclave.warehouse.sources.folder import Folder
from enclave.warehouse.sources.ibis_backend import IbisBackend
from enclave.warehouse.sources.opening import open_source
from enclave.warehouse.sources.source import find


def folder(path: Path, **written: str) -> Folder:
    return Folder(path, Csv(**written))


def rows(source, table, *columns):
    return source.read(table, list(columns)).read_all().to_pydict()


def test_csv_values_are_text_and_only_empty_fields_are_null(tmp_path):
    (tmp_path / "lab.csv").write_text('id,code,value\n007,NA,\n"008","a,b",nan\n')

    source = folder(tmp_path)

    assert source.tables() == ["lab"]
    assert source.columns("lab") == dict.fromkeys(["id", "code", "value"], pa.string())
    assert rows(source, "lab", "value", "id", "code") == {
        "value": [None, "nan"],
        "id": ["007", "008"],
        "code": ["NA", "a,b"],
    }


def test_delimiter_and_encoding_of_danish_exports(tmp_path):
    text = 'id;navn\n1;"blå; grøn"\n2;rød\n'
    (tmp_path / "a.csv").write_bytes(text.encode("cp1252"))

    source = folder(tmp_path, encoding="cp1252")

    assert rows(source, "a", "navn") == {"navn": ["blå; grøn", "rød"]}


def test_given_delimiter_wins_over_what_the_header_looks_like(tmp_path):
    (tmp_path / "a.csv").write_text("a,b|c\n1,2|3\n")

    assert list(folder(tmp_path, delimiter="|").columns("a")) == ["a,b", "c"]


def test_wrong_encoding_is_refused_when_the_header_shows_it(tmp_path):
    (tmp_path / "a.csv").write_bytes("id;køn\n1;m\n".encode("latin-1"))

    with pytest.raises(InputError, match="encoding"):
        folder(tmp_path).columns("a")


def test_compressed_files_parquet_files_and_folders_of_parts_are_tables(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"x\n1\n"))
    pq.write_table(pa.table({"x": [1]}), tmp_path / "b.parquet")
    (tmp_path / "c").mkdir()
    for part in (1, 2):
        pq.write_table(pa.table({"x": [part]}), tmp_path / "c" / f"{part}.parquet")
    (tmp_path / "readme.txt").write_text("not a table")

    source = folder(tmp_path)

    assert source.tables() == ["a", "b", "c"]
    assert [rows(source, name, "x")["x"] for name in "abc"] == [["1"], [1], [1, 2]]


def test_lines_with_too_many_or_too_few_fields_are_left_out_and_counted(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3\n4,5,6\n7,8\n")
    source = folder(tmp_path)

    assert rows(source, "a", "x") == {"x": ["1", "7"]}
    assert source.unreadable("a") == 2
    assert rows(source, "a", "x") == {"x": ["1", "7"]}
    assert source.unreadable("a") == 2


def test_header_alone_is_a_table_without_rows(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n")

    assert rows(folder(tmp_path), "a", "y") == {"y": []}


def test_fingerprint_follows_the_content(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    before = folder(tmp_path).fingerprint()
    assert folder(tmp_path).fingerprint() == before

    (tmp_path / "a.csv").write_text("x\n2\n")

    assert folder(tmp_path).fingerprint() != before


def test_missing_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        folder(tmp_path / "nowhere")


def test_folder_without_tables_is_refused_with_what_it_holds(tmp_path):
    (tmp_path / "notes.txt").write_text("")

    with pytest.raises(InputError, match=r"It holds: notes\.txt"):
        folder(tmp_path)


def test_table_that_is_there_twice_is_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x\n")
    pq.write_table(pa.table({"x": [1]}), tmp_path / "a.parquet")

    with pytest.raises(InputError, match="twice"):
        folder(tmp_path)


@pytest.mark.parametrize(
    ("wanted", "header"),
    [
        (["person_id"], "PERSON_ID"),
        (["missing", "Person_Id"], "PERSON_ID"),
        (["birth_datetime"], "date(birth_datetime,'unixepoch')"),
        (["nothing"], None),
        (["vocabulary_id"], None),
    ],
)
def test_columns_are_found_in_any_case_and_inside_expressions(wanted, header):
    present = [
        "PERSON_ID",
        "date(birth_datetime,'unixepoch')",
        "case vocabulary_reference when null then '' else vocabulary_id end",
    ]

    assert find(wanted, present) == header


def test_plain_column_wins_over_an_expression_around_it():
    assert find(["day"], ["date(day)", "DAY"]) == "DAY"


@pytest.fixture
def duckdb_file(tmp_path):
    path = tmp_path / "hospital.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE lab AS SELECT 7 AS id, '2020-01-01' AS day")
        connection.execute('CREATE VIEW "odd name" AS FROM lab SELECT id')
    return path


def test_duckdb_file_has_tables_and_views(duckdb_file):
    source = open_source(str(duckdb_file), Csv())

    assert isinstance(source, DuckdbFile)
    assert source.tables() == ["lab", "odd name"]
    assert list(source.columns("lab")) == ["id", "day"]
    assert rows(source, "odd name", "id") == {"id": [7]}
    assert source.unreadable("lab") == 0
    assert source.fingerprint() is None


def test_duckdb_url_opens_the_same_file(duckdb_file):
    assert open_source(f"duckdb://{duckdb_file}", Csv()).tables() == ["lab", "odd name"]


def test_missing_duckdb_file_is_refused_and_not_made(tmp_path):
    with pytest.raises(InputError, match="no DuckDB file"):
        open_source(str(tmp_path / "no.duckdb"), Csv())

    assert not (tmp_path / "no.duckdb").exists()


def test_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "text.duckdb").write_text("this is no database" * 1000)

    with pytest.raises(InputError, match="cannot be opened"):
        open_source(str(tmp_path / "text.duckdb"), Csv())


def test_address_where_nobody_answers_is_refused_without_the_password():
    with pytest.raises(InputError) as refusal:
        open_source("postgres://reader:s3cret@127.0.0.1:1/warehouse", Csv())

    assert "postgres://127.0.0.1:1/warehouse" in str(refusal.value)
    assert "s3cret" not in str(refusal.value)


def test_address_of_an_unknown_kind_is_refused():
    with pytest.raises(InputError, match="nosuchthing://host/x"):
        IbisBackend("nosuchthing://host/x")
