"""What a load writes, and what it leaves alone."""

import json
from datetime import UTC, datetime

from tests.builders.source_tables import (
    CODE,
    DATE,
    FILES,
    IDS,
    PERSON,
    VALUE,
    build_mapping,
    table,
    write_changed_source,
    write_source,
)


ADDED = "0303700039,2014-01-01,CRP,1,mg/L\n"


REMOVED = "0202600028,2012-03-01,CRP,3,mg/L\n"


def rows(stored, query, number=None):
    with stored.snapshot(number).connect() as engine:
        return engine.execute(query).fetchall()


def test_first_load_makes_snapshot_1(stored, source):
    report = stored.load(source, build_mapping())

    assert (report.snapshot, report.unchanged, report.problems) == (1, False, ())
    assert set(report.tables.values()) == {"new"}
    manifest = stored.snapshot().manifest
    assert {
        name: (each.rows, each.persons) for name, each in manifest.tables.items()
    } == {
        "person": (3, 3),
        "lab": (4, 3),
        "code": (0, None),
    }
    assert manifest.source.place == source


def test_same_data_again_change_nothing(stored, source):
    stored.load(source, build_mapping())

    report = stored.load(source, build_mapping())

    assert (report.snapshot, report.unchanged) == (1, True)
    assert len(stored.snapshots()) == 1


def test_same_rows_in_other_files_change_nothing(stored, source, tmp_path):
    stored.load(source, build_mapping())
    header, *lines = FILES["lab"].splitlines()
    shuffled = "\n".join([header, *reversed(lines)]) + "\n"

    report = stored.load(
        write_source(tmp_path / "elsewhere", lab=shuffled), build_mapping()
    )

    assert report.unchanged


def test_only_changed_tables_get_a_new_version(stored, source, tmp_path):
    stored.load(source, build_mapping())
    before = stored.snapshot().manifest.tables

    report = stored.load(
        write_changed_source(tmp_path / "source", added=ADDED), build_mapping()
    )

    assert report.tables == {
        "person": "unchanged",
        "lab": "rows added",
        "code": "unchanged",
    }
    after = stored.snapshot().manifest.tables
    assert after["person"] == before["person"]
    assert (before["lab"].version, after["lab"].version) == (0, 1)
    assert len(stored.snapshot().files("lab")) == 2
    assert set(stored.snapshot(1).files("lab")) < set(stored.snapshot().files("lab"))


def test_old_snapshots_stay_as_they_were(stored, source, tmp_path):
    stored.load(source, build_mapping())
    everything = "FROM lab SELECT * ORDER BY ALL"
    first = rows(stored, everything)

    stored.load(
        write_changed_source(
            tmp_path / "source", added="0303700039,2014-01-01,A,1,g/L\n"
        ),
        build_mapping(),
    )
    stored.load(
        write_changed_source(tmp_path / "source", without=REMOVED), build_mapping()
    )

    assert rows(stored, everything, 1) == first
    assert len(rows(stored, everything, 2)) == 5
    assert len(rows(stored, everything, 3)) == 3


def test_removed_rows_replace_the_table(stored, source, tmp_path):
    stored.load(source, build_mapping())

    report = stored.load(
        write_changed_source(tmp_path / "source", without=REMOVED), build_mapping()
    )

    assert report.tables["lab"] == "replaced"
    assert len(stored.snapshot().files("lab")) == 1


def test_going_back_to_old_data_gives_the_old_digest(stored, source, tmp_path):
    stored.load(source, build_mapping())
    stored.load(
        write_changed_source(
            tmp_path / "source", added="0303700039,2014-01-01,A,1,g/L\n"
        ),
        build_mapping(),
    )

    stored.load(write_source(tmp_path / "source"), build_mapping())

    first, _, third = stored.snapshots()
    assert first.tables["lab"].digest == third.tables["lab"].digest
    assert third.tables["lab"].version == 2


def test_new_mapping_makes_a_new_snapshot_of_the_same_tables(stored, source):
    stored.load(source, build_mapping())

    report = stored.load(source, build_mapping(version=2))

    assert (report.snapshot, report.unchanged) == (2, False)
    assert set(report.tables.values()) == {"unchanged"}


def test_new_and_lost_columns_replace_the_table(stored, source):
    stored.load(source, build_mapping())

    report = stored.load(source, build_mapping(lab=[PERSON, DATE, CODE, VALUE]))

    assert report.tables["lab"] == "replaced"
    with stored.snapshot().connect() as engine:
        assert engine.table("lab").columns == ["person", "date", "code", "value"]


def test_table_that_is_gone_is_gone_from_the_snapshot(stored, tmp_path):
    extra = table("visit", "visits", [PERSON, DATE], optional=True)
    visits = "id,day\n0101500017,2010-01-01\n"
    mapping = build_mapping(more=[extra])
    stored.load(write_source(tmp_path / "a", visits=visits), mapping)

    report = stored.load(write_source(tmp_path / "b"), mapping)

    assert report.tables["visit"] == "gone"
    assert "visit" not in stored.snapshot().manifest.tables
    assert len(rows(stored, "FROM visit", 1)) == 1


def test_what_lay_in_the_future_comes_in_when_its_day_has_come(stored, tmp_path):
    source = write_changed_source(
        tmp_path / "source", added="0303700039,2020-01-02,CRP,1,mg/L\n"
    )

    def on(year):
        return lambda: datetime(year, 1, 1, tzinfo=UTC)

    early = stored.load(source, build_mapping(), clock=on(2020))
    late = stored.load(source, build_mapping(), clock=on(2021))

    assert [each.rule for each in early.problems] == ["in_future"]
    assert (late.snapshot, late.problems) == (2, ())
    assert late.tables["lab"] == "rows added"
    assert stored.load(source, build_mapping(), clock=on(2022)).unchanged


def test_steps_are_told_and_name_no_value(stored, source):
    told = []

    stored.load(source, build_mapping(), tell=told.append)

    assert "Reading lab" in told
    assert "Checking person" in told
    assert not any(each in " ".join(told) for each in IDS)


def test_manifest_is_readable_by_others(stored, source, settings):
    stored.load(source, build_mapping())

    document = json.loads(
        (settings.warehouse / "snapshots" / "000001.json").read_bytes()
    )

    assert document["number"] == 1
    assert document["mapping"]["name"] == "hospital"
