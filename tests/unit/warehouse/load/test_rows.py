"""Which rows a load reads, and whose they become."""

from datetime import date

from enclave.identity.vault import Vault
from tests.builders.source_tables import (
    DATE,
    FILES,
    IDS,
    LAB_COLUMNS,
    PERSON,
    PERSON_COLUMNS,
    build_mapping,
    column,
    table,
    write_changed_source,
    write_source,
)


def rows(stored, query, number=None):
    with stored.snapshot(number).connect() as engine:
        return engine.execute(query).fetchall()


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
    stored.load(
        write_changed_source(tmp_path / "source", added=orphan + shifted),
        build_mapping(),
    )

    files = [path for path in settings.warehouse.rglob("*") if path.is_file()]
    assert {file.suffix for file in files} >= {".parquet", ".json"}
    content = b"".join(file.read_bytes() for file in files)
    for each in (*IDS, "8765432105"):
        assert each.encode() not in content


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
