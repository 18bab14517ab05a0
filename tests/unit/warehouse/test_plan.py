"""Finding the tables and columns of a mapping in a source."""

from pathlib import Path

import pytest

from enclave.errors import InputError
from enclave.warehouse.mapping import Csv
from enclave.warehouse.plan import plan
from enclave.warehouse.sources.folder import Folder
from tests.builders.source_tables import (
    DATE,
    FILES,
    LAB_COLUMNS,
    PERSON,
    build_mapping,
    column,
    table,
    write_source,
)


@pytest.fixture
def source(tmp_path):
    def write(**files):
        return Folder(Path(write_source(tmp_path, **files)), Csv())

    return write


def test_only_columns_that_are_needed_are_read(source):
    narrow = build_mapping(lab=[PERSON, DATE])

    readings = {each.part.name: each for each in plan(narrow, source())}

    assert readings["lab"].columns == ["day", "id"]
    assert readings["person"].columns == ["born", "died", "id", "sex"]


def test_direct_identifiers_are_not_even_read(source):
    name = column("name", "full_name", sensitivity="direct_identifier")

    (_, lab) = plan(build_mapping(lab=[*LAB_COLUMNS, name]), source())

    assert "full_name" not in lab.columns


def test_everything_that_is_missing_is_named_at_once(source):
    with pytest.raises(InputError) as refusal:
        plan(
            build_mapping(
                more=[table("visit", ["visits", "contacts"], [PERSON, DATE])]
            ),
            source(lab="id,test\n", persons="id,sex\n"),
        )

    message = str(refusal.value)
    for missing in (
        "column born in table persons",
        "column died in table persons",
        "column day in table lab",
        "table visits or contacts",
    ):
        assert missing in message


def test_long_lists_are_cut(source):
    many = [column(f"c{number}", f"c{number}") for number in range(20)]

    with pytest.raises(InputError, match="and 8 more"):
        plan(build_mapping(lab=[*LAB_COLUMNS, *many]), source())


def test_first_name_that_exists_counts(source):
    either = column("code", ["analysis", "TEST"], role="code", code_system="local")

    (_, lab) = plan(build_mapping(lab=[PERSON, DATE, either]), source())

    assert lab.found[("analysis", "TEST")] == "test"


def test_optional_columns_and_tables_may_be_missing(source):
    extra = table("visit", "visits", [PERSON, DATE], optional=True)
    maybe = column("method", "method", optional=True)

    readings = plan(build_mapping(lab=[*LAB_COLUMNS, maybe], more=[extra]), source())

    assert [each.part.name for each in readings] == ["person", "lab"]
    assert readings[1].found[("method",)] is None


def test_column_of_a_row_condition_must_be_there(source):
    where = {"source": "register", "equals": "x"}
    lab = table("lab", "lab", LAB_COLUMNS, where=where)
    persons = build_mapping().model_dump(mode="json")["tables"][0]

    with pytest.raises(InputError, match="column register in table lab"):
        plan(build_mapping(tables=[persons, lab]), source())


@pytest.mark.parametrize("name", ["persons", "lab"])
def test_empty_file_lacks_all_its_columns(source, name):
    with pytest.raises(InputError, match=f"column id in table {name}"):
        plan(build_mapping(), source(**{name: ""}))


def test_tables_are_read_in_the_order_of_the_mapping(source):
    more = [table("again", "lab", [PERSON, DATE])]

    readings = plan(build_mapping(more=more), source(lab=FILES["lab"]))

    assert [each.part.name for each in readings] == ["person", "lab", "again"]
