import pytest

from enclave.warehouse.difference import TableDifference, diff
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import (
    CODE,
    DATE,
    FILES,
    PERSON,
    VALUE,
    build_mapping,
    column,
    table,
    write_source,
)


@pytest.fixture
def compare(settings, tmp_path):
    """Load the usual tables, then others; return how each table differs."""

    def run(*, mapping=None, before=None, **files):
        stored = Warehouse(settings)
        stored.load(write_source(tmp_path / "a"), before or build_mapping())
        stored.load(write_source(tmp_path / "b", **files), mapping or build_mapping())
        found = diff(stored.snapshot(1), stored.snapshot(2))
        assert (found.before, found.after) == (1, 2)
        back = diff(stored.snapshot(2), stored.snapshot(1))
        return {each.table: each for each in found.tables}, {
            each.table: each for each in back.tables
        }

    return run


def test_added_and_removed_rows_and_persons(compare):
    lab = FILES["lab"].replace("0202600028,2012-03-01,CRP,3,mg/L\n", "")
    lab += "0101500017,2014-01-01,NA,141,mmol/L\n"

    forth, back = compare(lab=lab)

    assert forth["lab"] == TableDifference(
        table="lab",
        change="changed",
        rows_added=1,
        rows_removed=1,
        persons_removed=1,
    )
    assert back["lab"].persons_added == 1
    assert forth["person"].change == "unchanged"


def test_changed_values_name_their_variable(compare):
    lab = (
        FILES["lab"].replace("12.5,mg/L", "13.5,mg/L").replace("138,mmol/L", "138,g/L")
    )

    forth, _ = compare(lab=lab)

    assert forth["lab"].changed_variables == ("value", "unit")
    assert (forth["lab"].rows_added, forth["lab"].rows_removed) == (2, 2)
    assert forth["lab"].persons_added == forth["lab"].persons_removed == 0


def test_new_and_lost_variables(compare):
    method = column("method", "unit")

    forth, back = compare(
        mapping=build_mapping(lab=[PERSON, DATE, CODE, VALUE, method])
    )

    assert forth["lab"].variables_added == ("method",)
    assert forth["lab"].variables_removed == ("unit",)
    assert (forth["lab"].rows_added, forth["lab"].rows_removed) == (0, 0)
    assert back["lab"].variables_added == ("unit",)


def test_new_and_lost_tables(compare):
    visits = build_mapping(more=[table("visit", "lab", [PERSON, DATE])])

    forth, back = compare(mapping=visits)

    assert forth["visit"] == TableDifference(
        table="visit", change="added", rows_added=4, persons_added=3
    )
    assert back["visit"].change == "removed"
    assert (back["visit"].rows_removed, back["visit"].persons_removed) == (4, 3)


def test_codes_are_compared_without_persons(compare):
    code = {"system": "local", "code": "CRP", "label": {"en": "c", "da": "c"}}

    forth, _ = compare(mapping=build_mapping(codes=[code]))

    assert (forth["code"].rows_added, forth["code"].persons_added) == (1, 0)


def test_snapshot_does_not_differ_from_itself(settings, tmp_path):
    stored = Warehouse(settings)
    stored.load(write_source(tmp_path / "a"), build_mapping())

    found = diff(stored.snapshot(), stored.snapshot())

    assert {each.change for each in found.tables} == {"unchanged"}
    assert list(settings.warehouse.glob(".partial-*")) == []
