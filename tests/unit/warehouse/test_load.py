"""What a load writes, and what it leaves alone."""

import json
from datetime import UTC, date, datetime

import pytest

from enclave.errors import InputError, PolicyRefusal
from enclave.identity.vault import Vault
from enclave.warehouse.lock import loading
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import (
    CODE,
    DATE,
    FILES,
    IDS,
    LAB_COLUMNS,
    PERSON,
    PERSON_COLUMNS,
    VALUE,
    build_mapping,
    column,
    table,
    write_source,
)


ADDED = "0303700039,2014-01-01,CRP,1,mg/L\n"
REMOVED = "0202600028,2012-03-01,CRP,3,mg/L\n"


@pytest.fixture
def stored(settings):
    return Warehouse(settings)


@pytest.fixture
def source(tmp_path):
    return write_source(tmp_path / "source")


def rows(stored, query, number=None):
    with stored.snapshot(number).connect() as engine:
        return engine.execute(query).fetchall()


def changed(tmp_path, *, added="", without=""):
    text = FILES["lab"].replace(without, "") if without else FILES["lab"]
    return write_source(tmp_path / "source", lab=text + added)


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


def test_rows_are_those_of_the_source_with_keys_for_ids(stored, source, settings):
    stored.load(source, build_mapping())

    key_of = dict(
        zip(
            IDS,
            Vault.of(settings)
            .keys_for(list(IDS), kind="local", valid_from=date(2026, 1, 1))
            .to_pylist(),
            strict=True,
        )
    )
    found = rows(stored, "FROM person SELECT person, sex, CAST(birth_date AS VARCHAR)")
    assert set(found) == {
        (key_of["0101500017"], "female", "1950-01-01"),
        (key_of["0202600028"], "male", "1960-02-02"),
        (key_of["0303700039"], "female", "1970-03-03"),
    }
    assert (key_of["0202600028"], "CRP", 3.0) in rows(
        stored, "FROM lab SELECT person, code, value"
    )


def test_no_id_is_stored_anywhere_but_in_the_vault(stored, tmp_path, settings):
    orphan = "8765432105,2014-01-01,CRP,1,mg/L\n"
    shifted = "0303700039,0101500017,CRP,1,mg/L\n"
    stored.load(changed(tmp_path, added=orphan + shifted), build_mapping())

    files = [path for path in settings.warehouse.rglob("*") if path.is_file()]
    assert {file.suffix for file in files} >= {".parquet", ".json"}
    content = b"".join(file.read_bytes() for file in files)
    for each in (*IDS, "8765432105"):
        assert each.encode() not in content


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

    report = stored.load(changed(tmp_path, added=ADDED), build_mapping())

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
        changed(tmp_path, added="0303700039,2014-01-01,A,1,g/L\n"), build_mapping()
    )
    stored.load(changed(tmp_path, without=REMOVED), build_mapping())

    assert rows(stored, everything, 1) == first
    assert len(rows(stored, everything, 2)) == 5
    assert len(rows(stored, everything, 3)) == 3


def test_removed_rows_replace_the_table(stored, source, tmp_path):
    stored.load(source, build_mapping())

    report = stored.load(changed(tmp_path, without=REMOVED), build_mapping())

    assert report.tables["lab"] == "replaced"
    assert len(stored.snapshot().files("lab")) == 1


def test_going_back_to_old_data_gives_the_old_digest(stored, source, tmp_path):
    stored.load(source, build_mapping())
    stored.load(
        changed(tmp_path, added="0303700039,2014-01-01,A,1,g/L\n"), build_mapping()
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


def test_two_parts_make_one_table(stored, tmp_path):
    later = table("lab", "lab2", [*LAB_COLUMNS, column("method", "method")])
    text = "id,day,test,result,unit,method\n0101500017,2020-01-01,CRP,9,mg/L,new\n"

    stored.load(
        write_source(tmp_path / "source", lab2=text), build_mapping(more=[later])
    )

    found = rows(stored, "FROM lab SELECT method, count(*) GROUP BY ALL ORDER BY ALL")
    assert found == [("new", 1), (None, 4)]


def test_death_date_can_come_from_another_table(stored, tmp_path):
    first = {"kind": "first_of", "table": "death", "variable": "date"}
    died = column("death_date", role="death_date", type="date", derive=first)
    text = "id,day\n0101500017,2012-02-02\n0101500017,2012-01-01\n"
    mapping = build_mapping(
        person=[*PERSON_COLUMNS[:3], died],
        more=[table("death", "deaths", [PERSON, DATE])],
    )

    stored.load(write_source(tmp_path / "source", deaths=text), mapping)

    died_on = rows(stored, "FROM person SELECT CAST(death_date AS VARCHAR) ORDER BY 1")
    assert died_on == [("2012-01-01",), (None,), (None,)]


def test_only_the_rows_that_the_mapping_wants_are_read(stored, source):
    lab = table("lab", "lab", LAB_COLUMNS, where={"source": "test", "equals": "CRP"})
    persons = table("person", "persons", PERSON_COLUMNS)

    stored.load(source, build_mapping(tables=[persons, lab]))

    assert rows(stored, "FROM lab SELECT DISTINCT code") == [("CRP",)]


def test_other_persons_become_keys_too(stored, tmp_path):
    persons = """id,sex,born,died,mother
0101500017,F,1950-01-01,,
0303700039,F,1970-03-03,,0101500017
0404800040,M,1980-04-04,,9999999999
"""
    mother = column("mother", "mother", type="person", sensitivity="direct_identifier")
    mapping = build_mapping(person=[*PERSON_COLUMNS, mother])

    report = stored.load(
        write_source(tmp_path / "source", persons=persons, lab=FILES["lab"][:24]),
        mapping,
    )

    ((found,),) = rows(
        stored, "FROM person AS p JOIN person AS m ON m.person = p.mother SELECT p.sex"
    )
    assert found == "female"
    assert [(each.rule, each.rows, each.action) for each in report.problems] == [
        ("unknown_reference", 1, "kept")
    ]


def test_cpr_numbers_are_one_whatever_way_they_are_written(stored, tmp_path):
    lab = (
        FILES["lab"]
        .replace("0101500017", "010150-0017", 1)
        .replace("0101500017", "101500017", 1)
    )

    report = stored.load(
        write_source(tmp_path / "source", lab=lab), build_mapping(identifier="cpr")
    )

    assert report.problems == ()
    assert stored.snapshot().manifest.tables["lab"].persons == 3


def test_unusual_cpr_numbers_are_counted_by_their_class(stored, tmp_path):
    ids = ["0104909989", "0203291WQ3", "2804560PJ2", "6101500017", "3113500017"]
    lines = [f"{each},F,1950-01-01," for each in ids]
    persons = "\n".join(["id,sex,born,died", *lines]) + "\n"

    report = stored.load(
        write_source(tmp_path / "source", persons=persons, lab=FILES["lab"][:24]),
        build_mapping(identifier="cpr"),
    )

    found = {each.rule: (each.rows, each.action) for each in report.problems}
    assert found == {
        "d_ecpr_id": (1, "kept"),
        "day60_id": (1, "kept"),
        "invalid_id": (1, "kept"),
        "test_id": (1, "kept"),
        "x_ecpr_id": (1, "kept"),
    }
    assert stored.snapshot().manifest.tables["person"].rows == 5


def test_rows_under_an_old_number_belong_to_the_person(
    stored, source, tmp_path, settings
):
    stored.load(source, build_mapping())
    vault = Vault.of(settings)
    vault.link("0101500017", "0101509999", kind="local", on=date(2026, 1, 1))
    persons = FILES["persons"].replace("0101500017", "0101509999")

    report = stored.load(write_source(tmp_path / "b", persons=persons), build_mapping())

    assert report.unchanged


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


def test_what_lay_in_the_future_comes_in_when_its_day_has_come(stored, tmp_path):
    source = changed(tmp_path, added="0303700039,2020-01-02,CRP,1,mg/L\n")

    def on(year):
        return lambda: datetime(year, 1, 1, tzinfo=UTC)

    early = stored.load(source, build_mapping(), clock=on(2020))
    late = stored.load(source, build_mapping(), clock=on(2021))

    assert [each.rule for each in early.problems] == ["in_future"]
    assert (late.snapshot, late.problems) == (2, ())
    assert late.tables["lab"] == "rows added"
    assert stored.load(source, build_mapping(), clock=on(2022)).unchanged


def test_unreadable_lines_are_counted(stored, tmp_path):
    report = stored.load(changed(tmp_path, added="0101500017,2010\n"), build_mapping())

    assert [(each.rule, each.table, each.rows) for each in report.problems] == [
        ("unreadable_line", "lab", 1)
    ]


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
