"""Harmonisation rules: what they mean, what they may touch, and that they do it."""

import duckdb
import pytest
from pydantic import ValidationError

from enclave.warehouse.harmonisation import RULE, fits, harmonised
from enclave.warehouse.mapping import Mapping
from enclave.warehouse.warehouse import Warehouse
from tests.builders import installation
from tests.builders.projects import at


ROWS = """
SELECT * FROM (VALUES
  (1, 'NPU1', 10.0, 'mg/dL', 'lab a'),
  (2, 'NPU1', 1.5, 'mmol/L', 'lab b'),
  (3, 'NPU2', 999.0, 'mmol/L', 'lab a'),
  (4, 'NPU1', NULL, NULL, 'Lab A')
) AS rows (person, code, value, unit, source)
"""
COLUMNS = {
    "person": ("integer", "person"),
    "date": ("date", "date"),
    "code": ("string", "code"),
    "value": ("number", "value"),
    "unit": ("string", "unit"),
    "source": ("string", "source"),
}


def after(*rules):
    read = [RULE.validate_python({"variable": "lab.value", **one}) for one in rules]
    selection = f"FROM ({harmonised(ROWS, read)}) SELECT * ORDER BY person"
    return duckdb.sql(selection).fetchall()


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        (
            {
                "kind": "convert",
                "from_unit": "mg/dL",
                "to_unit": "mmol/L",
                "factor": 0.5,
            },
            {1: (1, "NPU1", 5.0, "mmol/L", "lab a")},
        ),
        (
            {"kind": "no_value", "texts": ["999"]},
            {3: (3, "NPU2", None, "mmol/L", "lab a")},
        ),
        (
            {"kind": "limits", "lowest": 2, "highest": 100},
            {
                2: (2, "NPU1", None, "mmol/L", "lab b"),
                3: (3, "NPU2", None, "mmol/L", "lab a"),
            },
        ),
        (
            {
                "kind": "limits",
                "lowest": 2,
                "where": [{"variable": "code", "equals": "NPU2"}],
            },
            {},
        ),
        (
            {
                "kind": "recode",
                "variable": "lab.source",
                "texts": ["Lab A", "LAB A"],
                "to": "lab a",
            },
            {4: (4, "NPU1", None, None, "lab a")},
        ),
    ],
)
def test_a_rule_changes_the_rows_it_is_about_and_no_others(rule, changed):
    before = {row[0]: row for row in duckdb.sql(ROWS).fetchall()}
    assert {row[0]: row for row in after(rule)} == {**before, **changed}


def test_rules_hold_one_after_the_other():
    convert = {
        "kind": "convert",
        "from_unit": "mg/dL",
        "to_unit": "mmol/L",
        "factor": 0.5,
    }
    low = {"kind": "limits", "highest": 4}
    assert after(convert, low)[0][2] is None
    assert after(low, convert)[0][2] is None
    assert after(convert, {"kind": "limits", "highest": 6})[0][2] == 5.0
    assert after(convert, convert)[0][2] == 5.0


@pytest.mark.parametrize("text", ["it's", "';DROP TABLE x;--", 'a"b', "%_"])
def test_texts_are_texts_whatever_stands_in_them(text):
    rule = {"kind": "recode", "variable": "lab.unit", "texts": [text], "to": text}
    assert after(rule) == duckdb.sql(f"{ROWS} ORDER BY person").fetchall()


@pytest.mark.parametrize(
    ("rule", "right"),
    [
        ({"kind": "limits", "lowest": 1}, True),
        ({"kind": "limits", "variable": "lab.code", "lowest": 1}, False),
        ({"kind": "limits", "variable": "lab.weight", "lowest": 1}, False),
        ({"kind": "no_value", "variable": "lab.person", "texts": ["1"]}, False),
        ({"kind": "no_value", "variable": "lab.date", "texts": ["1"]}, False),
        (
            {
                "kind": "limits",
                "lowest": 1,
                "where": [{"variable": "person", "equals": "7"}],
            },
            False,
        ),
        (
            {
                "kind": "limits",
                "lowest": 1,
                "where": [{"variable": "date", "equals": "2020-01-01"}],
            },
            False,
        ),
        (
            {"kind": "recode", "variable": "lab.value", "texts": ["1"], "to": "2"},
            False,
        ),
    ],
)
def test_persons_and_dates_are_out_of_reach(rule, right):
    read = RULE.validate_python({"variable": "lab.value", **rule})
    assert fits(read, COLUMNS) is right


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": "limits"},
        {"kind": "limits", "lowest": 2, "highest": 1},
        {"kind": "limits", "lowest": float("nan")},
        {"kind": "convert", "from_unit": "g", "to_unit": "g", "factor": 2},
        {"kind": "convert", "from_unit": "g", "to_unit": "kg", "factor": 0},
        {"kind": "recode", "texts": [], "to": "x"},
        {"kind": "recode", "texts": ["x"], "to": "y", "variable": 'lab"."x'},
        {"kind": "sql", "text": "DROP TABLE lab"},
    ],
)
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(ValidationError):
        RULE.validate_python({"variable": "lab.value", **rule})


def test_a_load_obeys_the_rules_and_says_so_in_its_mapping(settings):
    place = str(installation.source(settings.home.parent / "clinic"))
    plain = Mapping.model_validate(installation.MAPPING)
    rule = {"kind": "limits", "variable": "lab.value", "highest": 10.05}
    ruled = Mapping.model_validate({**installation.MAPPING, "harmonisation": [rule]})
    warehouse = Warehouse(settings)
    first = warehouse.load(place, plain, clock=at())
    second = warehouse.load(place, ruled, clock=at())

    assert (first.snapshot, second.snapshot) == (1, 2)
    assert second.tables == {
        "person": "unchanged",
        "lab": "replaced",
        "code": "unchanged",
    }
    assert plain.digest != ruled.digest
    counts = []
    for number in (1, 2):
        with warehouse.snapshot(number).connect() as engine:
            counts.append(
                engine.sql("FROM lab SELECT count(*), count(value)").fetchall()
            )
    ((rows, values),), ((same_rows, fewer),) = counts
    assert rows == same_rows == values
    assert 0 < fewer < values
    assert warehouse.load(place, ruled, clock=at()).unchanged


def test_a_mapping_without_rules_keeps_its_digest():
    plain = Mapping.model_validate(installation.MAPPING)
    assert "harmonisation" in plain.model_dump()
    empty = Mapping.model_validate({**installation.MAPPING, "harmonisation": []})
    assert empty.digest == plain.digest


def test_a_mapping_with_a_rule_that_does_not_fit_is_refused():
    rule = {"kind": "limits", "variable": "lab.code", "lowest": 1}
    with pytest.raises(ValidationError, match=r"no rule of kind limits fits lab\.code"):
        Mapping.model_validate({**installation.MAPPING, "harmonisation": [rule]})
