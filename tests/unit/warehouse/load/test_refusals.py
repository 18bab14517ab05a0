"""What a load refuses, and that nothing is left of it."""

import pytest

from enclave.errors import InputError, PolicyRefusal
from enclave.warehouse.lock import loading
from tests.builders.source_tables import (
    build_mapping,
    write_changed_source,
    write_source,
)


def test_second_load_at_the_same_time_is_refused(stored, source, settings):
    with (
        loading(settings.warehouse),
        pytest.raises(PolicyRefusal, match="under way"),
    ):
        stored.load(source, build_mapping())

    assert stored.load(source, build_mapping()).snapshot == 1


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"persons": "id,sex,born,died\n"}, "holds no person"),
        ({"persons": "id,sex,born,died\n1,Q,1950-01-01,\n"}, "unknown_value"),
        ({"lab": "id,day,test\n"}, "column result in table lab, column unit in table"),
    ],
)
def test_source_that_cannot_be_used_leaves_nothing(
    stored, tmp_path, settings, files, reason
):
    with pytest.raises(InputError, match=reason):
        stored.load(write_source(tmp_path / "source", **files), build_mapping())

    assert stored.snapshots() == []
    assert [path.name for path in settings.warehouse.glob("*") if path.is_dir()] == []


def test_wrong_mapping_is_refused_with_what_the_source_has(stored, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "patients.csv").write_text("x\n1\n")

    with pytest.raises(InputError) as refusal:
        stored.load(str(tmp_path / "other"), build_mapping())

    assert "table persons, table lab" in str(refusal.value)
    assert "The source has the tables patients" in str(refusal.value)


def test_unreadable_lines_are_counted(stored, tmp_path):
    report = stored.load(
        write_changed_source(tmp_path / "source", added="0101500017,2010\n"),
        build_mapping(),
    )

    assert [(each.rule, each.table, each.rows) for each in report.problems] == [
        ("unreadable_line", "lab", 1)
    ]


@pytest.mark.parametrize("table", ["persons", "lab"])
def test_source_that_breaks_off_is_refused_without_its_content(
    stored, tmp_path, settings, table
):
    source = write_source(tmp_path / "source")
    path = tmp_path / "source" / f"{table}.csv"
    commas = b"," * (path.read_text().split("\n")[0].count(",") - 1)
    path.write_bytes(path.read_bytes() + b"0303700039,\xff secret" + commas + b"\n")

    with pytest.raises(InputError) as refusal:
        stored.load(source, build_mapping())

    assert f"The table {table} of" in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert stored.snapshots() == []
    assert not (settings.warehouse / "tables").exists()
