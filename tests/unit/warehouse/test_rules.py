"""Each rule of a load: found, counted, and the row kept or set aside."""

from datetime import UTC, datetime

import duckdb
import pytest

from enclave.warehouse.rules import ALWAYS_QUARANTINED, Rules
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import (
    CODE,
    DATE,
    FILES,
    PERSON,
    PERSON_COLUMNS,
    UNIT,
    VALUE,
    build_mapping,
    column,
    write_source,
)


@pytest.fixture
def load(tmp_path, settings):
    """Load the usual tables with some rows added; return problems and row counts."""

    def run(*, persons="", lab="", mapping=None, **details):
        source = write_source(
            tmp_path / "source",
            persons=FILES["persons"] + persons,
            lab=FILES["lab"] + lab,
        )
        report = Warehouse(settings).load(
            source,
            mapping or build_mapping(**details),
            clock=lambda: datetime(2020, 6, 1, tzinfo=UTC),
        )
        tables = Warehouse(settings).snapshot().manifest.tables
        found = [
            (each.table, each.rule, each.variable, each.rows, each.action)
            for each in report.problems
        ]
        return found, {name: tables[name].rows for name in ("person", "lab")}

    return run


@pytest.fixture
def quarantine(settings):
    def read(table: str, query: str = "*"):
        file = settings.warehouse / "quarantine" / "000001" / f"{table}.parquet"
        with duckdb.connect() as engine:
            return engine.execute(f"FROM '{file}' SELECT {query}").fetchall()

    return read


@pytest.mark.parametrize(
    ("row", "rule", "variable"),
    [
        ("9999999999,2012-01-01,CRP,1,mg/L", "unknown_person", "person"),
        (",2012-01-01,CRP,1,mg/L", "missing_person", "person"),
        ("0101500017,,CRP,1,mg/L", "missing_date", "date"),
        ("0101500017,2012-02-30,CRP,1,mg/L", "type_error", "date"),
        ("0101500017,1949-12-31,CRP,1,mg/L", "before_birth", "date"),
        ("0101500017,2020-06-02,CRP,1,mg/L", "in_future", "date"),
        ("0101500017,2012-01-01,CRP,much,mg/L", "type_error", "value"),
        ("0101500017,2010-01-05,NA,140,mmol/L", "duplicate_row", None),
    ],
)
def test_bad_rows_are_set_aside_with_the_reason(load, quarantine, row, rule, variable):
    problems, rows = load(lab=f"{row}\n")

    assert problems == [("lab", rule, variable, 1, "quarantined")]
    assert rows == {"person": 3, "lab": 4}
    ((findings, copies),) = quarantine("lab", "findings, copies")
    assert [(each["rule"], each["variable"] or None) for each in findings] == [
        (rule, variable)
    ]
    assert copies == 1


def test_rows_on_the_edge_are_right(load):
    on_the_day_of_birth = "0101500017,1950-01-01,CRP,1,mg/L\n"
    today = "0101500017,2020-06-01,CRP,1,mg/L\n"
    within_grace = "0202600028,2015-07-01,CRP,1,mg/L\n"

    problems, rows = load(lab=on_the_day_of_birth + today + within_grace)

    assert problems == []
    assert rows["lab"] == 7


def test_time_of_today_is_not_in_the_future(load):
    when = column("date", "day", role="date", type="datetime")
    mapping = build_mapping(lab=[PERSON, when, CODE, VALUE, UNIT])

    problems, _ = load(lab="0101500017,2020-06-01 23:00:00,A,1,g/L\n", mapping=mapping)

    assert problems == []


def test_results_after_a_death_and_its_grace_are_kept_by_default(load):
    row = "0202600028,2015-07-02,CRP,1,mg/L\n"

    problems, rows = load(lab=row)

    assert problems == [("lab", "after_death", "date", 1, "kept")]
    assert rows["lab"] == 5


def test_mapping_may_be_stricter_or_milder(load):
    late, early = "0202600028,2015-07-02,A,1,g/L\n", "0101500017,1949-01-01,A,1,g/L\n"
    rules = {"after_death": "quarantine", "before_birth": "keep", "grace_days": 31}

    problems, rows = load(lab=late + early, rules=rules)

    assert problems == [("lab", "before_birth", "date", 1, "kept")]
    assert rows["lab"] == 6


def test_unreadable_value_without_a_role_is_taken_as_missing(load, settings):
    weight = column("weight", "unit", type="number")
    mapping = build_mapping(lab=[PERSON, DATE, CODE, VALUE, weight])

    problems, rows = load(mapping=mapping)

    assert problems == [("lab", "type_error", "weight", 4, "kept")]
    assert rows["lab"] == 4
    with Warehouse(settings).snapshot().connect() as engine:
        assert engine.execute("FROM lab SELECT DISTINCT weight").fetchall() == [(None,)]


def test_unknown_units_are_counted_and_kept(load):
    unit = column("unit", "unit", role="unit", units=["mmol/L"])

    problems, rows = load(mapping=build_mapping(lab=[PERSON, DATE, CODE, VALUE, unit]))

    assert problems == [("lab", "unknown_unit", "unit", 2, "kept")]
    assert rows["lab"] == 4


def test_end_before_the_start_is_counted(load):
    end = column("end_date", "unit", role="end", type="date", formats=["%Y-%m-%d"])
    mapping = build_mapping(
        lab=[PERSON, DATE, CODE, VALUE, end], missing=["", "mmol/L", "mg/L"]
    )

    problems, _ = load(lab="0101500017,2012-02-02,A,1,2012-02-01\n", mapping=mapping)

    assert problems == [("lab", "ends_before_start", "end_date", 1, "kept")]


def test_duplicates_are_counted_however_many_there_are(load, quarantine):
    row = "0101500017,2010-01-05,NA,140,mmol/L\n"

    problems, rows = load(lab=row * 3)

    assert problems == [("lab", "duplicate_row", None, 3, "quarantined")]
    assert rows["lab"] == 4
    assert quarantine("lab", "copies") == [(3,)]


@pytest.mark.parametrize(
    ("row", "rule", "variable"),
    [
        ("0404800040,F,2020-06-02,", "in_future", "birth_date"),
        ("0404800040,F,1980-04-04,2020-06-02", "in_future", "death_date"),
        ("0404800040,F,1980-04-04,1980-04-03", "before_birth", "death_date"),
        ("0404800040,X,1980-04-04,", "unknown_value", "sex"),
        ("0404800040,F,1980-04-31,", "type_error", "birth_date"),
        (",F,1980-04-04,", "missing_person", "person"),
    ],
)
def test_impossible_persons_are_set_aside_and_their_events_are_orphans(
    load, row, rule, variable
):
    problems, rows = load(persons=f"{row}\n", lab="0404800040,2010-01-01,CRP,1,mg/L\n")

    assert problems == [
        ("person", rule, variable, 1, "quarantined"),
        ("lab", "unknown_person", "person", 1, "quarantined"),
    ]
    assert rows == {"person": 3, "lab": 4}


def test_second_row_about_a_person_is_set_aside(load, quarantine):
    problems, rows = load(persons="0101500017,M,1950-01-01,\n")

    assert problems == [("person", "second_row_of_person", "person", 1, "quarantined")]
    assert rows == {"person": 3, "lab": 4}
    assert len(quarantine("person")) == 1


def test_good_row_about_a_person_wins_over_a_bad_one(load, settings):
    load(persons="0101500017,?,1950-01-01,\n")

    with Warehouse(settings).snapshot().connect() as engine:
        sexes = engine.execute("FROM person SELECT sex ORDER BY sex").fetchall()
    assert sexes == [("female",), ("female",), ("male",)]


def test_quarantine_shows_the_shape_of_what_was_found_and_not_the_text(
    load, quarantine, settings
):
    row = "0101500017,2012-01-01,CRP,Jens 0202600028 ÆØ,mg/L\n"

    load(lab=row)

    (((finding,),),) = quarantine("lab", "findings")
    assert finding["shape"] == "AAAA 9999999999 AA"
    file = settings.warehouse / "quarantine" / "000001" / "lab.parquet"
    assert b"Jens" not in file.read_bytes()


def test_quarantine_is_private_and_holds_only_tables_with_bad_rows(load, settings):
    load(lab=",2012-01-01,CRP,1,mg/L\n")

    folder = settings.warehouse / "quarantine" / "000001"
    assert [file.name for file in folder.iterdir()] == ["lab.parquet"]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_one_row_may_break_several_rules(load):
    problems, _ = load(lab="9999999999,x,CRP,much,mg/L\n")

    assert [(rule, variable) for _, rule, variable, _, _ in problems] == [
        ("type_error", "date"),
        ("type_error", "value"),
        ("unknown_person", "person"),
    ]


@pytest.mark.parametrize("rule", ALWAYS_QUARANTINED)
def test_no_mapping_can_let_rows_in_that_nobody_can_use(rule):
    assert rule not in Rules.model_fields
    assert Rules().action(rule, has_role=False) == "quarantined"


def test_type_errors_are_graver_in_columns_with_a_role():
    assert Rules().action("type_error", has_role=True) == "quarantined"
    assert Rules().action("type_error", has_role=False) == "kept"
    assert Rules(type_error="keep").action("type_error", has_role=True) == "kept"


def test_person_columns_that_are_missing_do_not_set_a_person_aside(load):
    problems, rows = load(
        persons="0404800040,,,\n",
        mapping=build_mapping(person=PERSON_COLUMNS),
    )

    assert problems == []
    assert rows["person"] == 4
