"""A whole delivery in all formats, and nothing but what its grant names."""

import csv

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from enclave.delivery.deliver import deliver
from enclave.delivery.formats.sas import program
from enclave.delivery.manifest import verify_folder
from tests.builders import installation
from tests.builders.difficult_table import layout
from tests.builders.installation import issued
from tests.builders.projects import at


ALL = ("parquet", "csv", "sas", "sas_5", "stata")


@pytest.fixture
def clinic(settings, database):
    installation.set_up(settings, database)
    return database


def delivered(settings, clinic, **changes):
    grant = issued(settings, clinic, **changes)
    return deliver(settings, clinic, grant.id, clock=at())


def test_every_format_holds_the_same_rows(settings, clinic):
    made = delivered(settings, clinic, formats=ALL)
    folder = made.folder

    expected = pq.read_table(folder / "lab.parquet").to_pandas()
    assert len(expected) > 20
    others = {
        "csv": pd.read_csv(folder / "lab.csv", parse_dates=["date"]),
        "sas": pyreadstat.read_xport(str(folder / "lab.xpt"))[0],
        "sas_5": pyreadstat.read_xport(str(folder / "lab.v5.xpt"))[0],
        "stata": pyreadstat.read_dta(str(folder / "lab.dta"))[0],
    }
    for name, found in others.items():
        assert len(found) == len(expected), name
        first, *_ = found.columns
        assert found[first].tolist() == expected["pseudonym"].tolist()
        assert found["value"].tolist() == expected["value"].tolist()
        dates = [pd.Timestamp(day).date() for day in found["date"]]
        assert dates == expected["date"].tolist()
    verify_folder(folder)


def test_only_the_formats_of_the_grant_are_there(settings, clinic):
    made = delivered(settings, clinic, formats=("stata", "csv"))

    assert sorted(path.name for path in made.folder.iterdir()) == [
        "data-dictionary.csv", "dictionary.json", "lab.csv", "lab.dta", "manifest.json",
        "person.csv", "person.dta", "population.csv", "population.dta",
        "receipt.json", "receipt.md",
    ]  # fmt: skip
    assert {table.file for table in made.manifest.tables} == {
        "lab.dta", "person.dta", "population.dta",
    }  # fmt: skip
    verify_folder(made.folder)


def test_the_dictionary_beside_csv_describes_each_column(settings, clinic):
    made = delivered(settings, clinic, formats=("csv",))

    with (made.folder / "data-dictionary.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))

    described = {(line["table"], line["column"]): line for line in lines}
    value = described["lab", "value"]
    assert (value["label_da"], value["unit"], value["missing"]) == (
        "Resultat", "mg/L", "NA",
    )  # fmt: skip
    assert described["person", "birth_date"]["dates"] == "year"
    for table in ("lab", "person", "population"):
        header = (made.folder / f"{table}.csv").read_text().splitlines()[0]
        columns = [line["column"] for line in lines if line["table"] == table]
        assert header.replace('"', "").split(",") == columns


def test_the_load_program_names_every_column_with_label_length_and_format(tmp_path):
    made = layout(tmp_path)
    names = {"lab": {"": "lab", **{field.name: field.name for field in made.fields}}}

    text = program([made], names, 8).decode()

    assert '%xpt2loc(libref=work, memlist=lab, filespec="&folder./lab.xpt")' in text
    assert "  label value = 'value in English (µmol/L)';" in text
    assert "  format date e8601da10.;" in text
    assert "  /* pseudonym: length $26 */" in text
    assert "    .N = 'not a number'" in text
    for field in made.fields:
        assert f"  label {field.name} = " in text


def test_a_label_cannot_break_out_of_the_load_program(tmp_path):
    made = layout(tmp_path)
    evil = "it's; run; */ %macro &call"
    for field in made.fields:
        field.described["label"]["en"] = evil
    names = {"lab": {"": "lab", **{field.name: field.name for field in made.fields}}}

    text = program([made], names, 8).decode()

    assert text.count("label date = 'it''s; run; */ %macro &call';") == 1
    assert "it's; run" not in text


def test_a_delivery_that_was_lost_is_made_again_in_every_format(settings, clinic):
    made = delivered(settings, clinic, formats=ALL, date_policy="shift")
    before = {path.name: path.read_bytes() for path in made.folder.iterdir()}
    for path in made.folder.iterdir():
        path.unlink()
    made.folder.rmdir()

    again = deliver(settings, clinic, made.manifest.grant, clock=at())

    assert again == made
    assert before == {path.name: path.read_bytes() for path in again.folder.iterdir()}


def test_a_text_in_csv_is_never_a_number_of_duckdb(settings, clinic):
    made = delivered(settings, clinic, formats=("csv",))

    read = duckdb.read_csv(str(made.folder / "lab.csv"), null_padding=False)

    assert dict(zip(read.columns, map(str, read.types), strict=True)) == {
        "pseudonym": "VARCHAR", "date": "DATE", "code": "VARCHAR", "value": "DOUBLE",
    }  # fmt: skip
