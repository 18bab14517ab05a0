"""The view of all coded events, which cohort questions run on."""

import pytest

from enclave.settings import Settings
from enclave.warehouse.warehouse import Warehouse
from tests.builders.source_tables import (
    CODE,
    DATE,
    PERSON,
    UNIT,
    build_mapping,
    column,
    table,
    write_source,
)


COLUMNS = [
    ("person", "BIGINT"),
    ("table", "VARCHAR"),
    ("code", "VARCHAR"),
    ("code_system", "VARCHAR"),
    ("date", "DATE"),
    ("end_date", "DATE"),
    ("value", "DOUBLE"),
    ("operator", "VARCHAR"),
    ("unit", "VARCHAR"),
    ("low", "DOUBLE"),
    ("high", "DOUBLE"),
    ("source", "VARCHAR"),
    ("contact", "VARCHAR"),
]
ADMISSIONS = """id,came,left,kind,register,hospital
0101500017,2018-01-01 10:00:00,2018-01-03,ALCA00,SKS,1301
0202600028,2012-01-01 23:59:59,,17,local,1301
0303700039,2018-01-01,2018-01-01,,SKS,1301
"""


def number(name, role, value):
    given = {"kind": "constant", "value": value}
    return column(name, role=role, type="number", derive=given)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):

    folder = tmp_path_factory.mktemp("events")
    admissions = table(
        "admission",
        "admissions",
        [
            PERSON,
            column("date", "came", role="date", type="datetime"),
            column("left", "left", role="end", type="date"),
            column("code", "kind", role="code"),
            column("register", "register", role="code_system"),
            column("hospital", "hospital", role="source"),
        ],
    )
    blood_pressure = table(
        "pressure",
        "lab",
        [
            PERSON,
            DATE,
            CODE,
            column("mmhg", "result", role="value", type="number", unit="mm Hg"),
            number("low", "low", "60"),
            number("high", "high", "140"),
        ],
    )
    stays = table(
        "stay",
        "admissions",
        [PERSON, column("from_date", "came", role="from", type="date"), UNIT],
    )
    stays["columns"][2] = column("kind", "kind")
    stored = Warehouse(Settings.at(folder / "home"))
    stored.load(
        write_source(folder / "source", admissions=ADMISSIONS),
        build_mapping(more=[admissions, blood_pressure, stays]),
    )
    return stored.snapshot()


def query(snapshot, text):
    with snapshot.connect() as engine:
        return engine.execute(text).fetchall()


def test_columns_have_their_fixed_names_and_types(snapshot):
    described = query(snapshot, "DESCRIBE events")

    assert [row[:2] for row in described] == COLUMNS


def test_every_table_with_codes_and_dates_is_in_it(snapshot):
    counted = query(
        snapshot, 'FROM events SELECT "table", count(*) GROUP BY 1 ORDER BY 1'
    )

    assert counted == [("admission", 2), ("lab", 4), ("pressure", 4)]


def test_times_become_days_and_roles_become_columns(snapshot):
    (row,) = query(
        snapshot,
        "FROM events SELECT code, CAST(date AS VARCHAR), CAST(end_date AS VARCHAR),"
        " code_system, source, value WHERE code = 'ALCA00'",
    )

    assert row == ("ALCA00", "2018-01-01", "2018-01-03", "SKS", "1301", None)


def test_code_system_may_differ_from_row_to_row(snapshot):
    systems = query(
        snapshot,
        "FROM events SELECT DISTINCT code_system WHERE source = '1301' ORDER BY 1",
    )

    assert systems == [("SKS",), ("local",)]


def test_unit_is_that_of_the_row_or_else_of_the_variable(snapshot):
    units = query(
        snapshot,
        'FROM events SELECT DISTINCT "table", unit, low, high WHERE value IS NOT NULL'
        " ORDER BY ALL",
    )

    assert units == [
        ("lab", "mg/L", None, None),
        ("lab", "mmol/L", None, None),
        ("pressure", "mm Hg", 60.0, 140.0),
    ]


def test_warehouse_without_coded_events_has_an_empty_view(settings, tmp_path):
    stored = Warehouse(settings)
    stored.load(write_source(tmp_path / "source"), build_mapping(lab=[PERSON, DATE]))

    assert query(stored.snapshot(), "FROM events") == []
    assert [row[:2] for row in query(stored.snapshot(), "DESCRIBE events")] == COLUMNS
