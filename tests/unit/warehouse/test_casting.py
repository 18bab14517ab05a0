"""Texts and typed values of a source as values of the warehouse."""

from collections import Counter
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest

from enclave.errors import InputError
from enclave.warehouse.casting import cell
from enclave.warehouse.column import Column
from enclave.warehouse.engine import reading_engine
from enclave.warehouse.inputs import Inputs, refuse_lossy
from tests.builders.source_tables import column


LATE = datetime(2019, 1, 2, 23, 59, 59)  # noqa: DTZ001 - local times of the hospital


def read(values: list[Any], arrow: Any = None, **details: Any):
    """Read a source column ``x``; return the values, and how often which rule broke."""
    arrow = arrow or pa.string()
    source = {} if "derive" in details else {"source": "x"}
    wanted = Column.model_validate(column("y", **source, **details))
    inputs = Inputs({"x": arrow}, {("x",): "x"}, ("",))
    made = cell(wanted, inputs)
    cleaned = ", ".join(["*", *inputs.cleaning()])
    with reading_engine() as engine:
        engine.register("incoming", pa.table({"x": pa.array(values, arrow)}))
        rows = engine.execute(
            f"FROM (FROM incoming SELECT {cleaned})"
            f" SELECT {made.value}, {made.given or 'false'}"
        ).fetchall()
    lost = Counter(made.rule for value, given in rows if given and value is None)
    return [value for value, _ in rows], dict(lost)


def test_text_is_kept_as_it_is_and_na_is_sodium():
    values, found = read([" NA ", "", "0042", "nan", "null"])

    assert values == ["NA", None, "0042", "nan", "null"]
    assert found == {}


def test_missing_tokens_are_what_the_mapping_says():
    values, _ = read(["NA", "-", "1"], missing=["-"])

    assert values == ["NA", None, "1"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("17", 17),
        ("-459", -459),
        ("+3", 3),
        ("4.0", 4),
        ("1e+05", 100_000),
        ("9007199254740993", 9_007_199_254_740_993),
        ("4.5", None),
        ("1e-3", None),
        ("0x10", None),
        ("1 000", None),
        ("99999999999999999999", None),
        ("inf", None),
    ],
)
def test_whole_numbers(text, value):
    values, found = read([text], type="integer")

    assert values == [value]
    assert found == ({} if value is not None else {"type_error": 1})


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("12.5", ".", 12.5),
        ("1e3", ".", 1000.0),
        (".5", ".", 0.5),
        ("4,5", ",", 4.5),
        ("4,5", ".", None),
        ("1,234.5", ",", None),
        ("<4", ".", None),
        ("nan", ".", None),
        ("inf", ".", None),
        ("ej påvist", ".", None),
    ],
)
def test_numbers(text, decimal, value):
    values, found = read([text], type="number", decimal=decimal)

    assert values == [value]
    assert found == ({} if value is not None else {"type_error": 1})


@pytest.mark.parametrize(
    ("text", "formats", "value"),
    [
        ("2019-03-31", [], date(2019, 3, 31)),
        ("2019-03-31 23:59:59", [], date(2019, 3, 31)),
        ("31-03-2019", ["%d-%m-%Y"], date(2019, 3, 31)),
        ("31-03-2019 10:11:12", ["%d-%m-%Y", "%d-%m-%Y %H:%M:%S"], date(2019, 3, 31)),
        ("31-03-2019", [], None),
        ("2019-02-29", [], None),
        ("2019-13-01", [], None),
        ("20190331", [], None),
    ],
)
def test_dates(text, formats, value):
    values, found = read([text], type="date", formats=formats)

    assert values == [value]
    assert found == ({} if value is not None else {"type_error": 1})


def test_times_keep_the_time_of_day():
    values, _ = read(["2019-03-31T23:59:58", "2019-03-31"], type="datetime")

    assert values == [datetime(2019, 3, 31, 23, 59, 58), datetime(2019, 3, 31)]  # noqa: DTZ001 - local times of the hospital


def test_truth_values():
    values, found = read(["true", "F", "1", "0", "ja"], type="boolean")

    assert values == [True, False, True, False, None]
    assert found == {"type_error": 1}


@pytest.mark.parametrize(
    ("otherwise", "last", "found"),
    [
        ("error", None, {"unknown_value": 1}),
        ("missing", None, {}),
        ("keep", "C", {}),
    ],
)
def test_recoding_says_what_to_do_with_other_texts(otherwise, last, found):
    recode = {"A": "primary", "B": "secondary"}

    values, problems = read(["A", "B", "C"], recode=recode, otherwise=otherwise)

    assert values == ["primary", "secondary", last]
    assert problems == found


def test_recoded_text_is_read_as_the_type():
    values, found = read(["Ja", "Nej"], type="boolean", recode={"Ja": 1, "Nej": 0})

    assert values == [True, False]
    assert found == {}


@pytest.mark.parametrize(
    ("reply", "number", "operator"),
    [
        ("4,5", 4.5, None),
        ("<4", 4.0, "<"),
        (">= 200", 200.0, ">="),
        ("ej påvist", None, None),
        ("Annulleret", None, None),
        ("4-5", None, None),
    ],
)
def test_replies_of_laboratories(reply, number, operator):
    of_reply = {"source": "x", "kind": "number_in"}
    numbers, found = read([reply], type="number", decimal=",", derive=of_reply)

    assert numbers == [number]
    assert found == {}
    operators, _ = read([reply], derive=of_reply | {"kind": "operator_in"})
    assert operators == [operator]


def test_days_after_an_origin():
    derive = {"kind": "days_after", "origin": "2000-01-01", "source": "x"}

    values, found = read(["-1", "366", "many", "999999"], type="date", derive=derive)

    assert values == [date(1999, 12, 31), date(2001, 1, 1), None, None]
    assert found == {"type_error": 2}


def test_birth_date_from_an_age_gives_that_age_on_the_day():
    derive = {"kind": "age_at", "at": "2000-01-01", "source": "x"}

    values, found = read(["57", "0", "131", "-1"], type="date", derive=derive)

    assert values == [date(1942, 7, 1), date(1999, 7, 1), None, None]
    assert found == {"type_error": 2}


def test_constants_and_conditions():
    derive = {"kind": "constant", "value": "yes"}

    values, _ = read(["a", "b"], derive=derive, when={"source": "x", "equals": "b"})

    assert values == [None, "yes"]


def test_condition_leaves_the_rule_of_a_finding_as_it_is():
    when = {"source": "x", "equals": "b"}

    values, found = read(["a", "b"], recode={"c": "C"}, when=when)

    assert values == [None, None]
    assert found == {"unknown_value": 1}


@pytest.mark.parametrize(
    ("arrow", "values", "kind", "read_as"),
    [
        (pa.int32(), [1, None], "integer", [1, None]),
        (pa.int64(), [2**60 + 1], "integer", [2**60 + 1]),
        (pa.uint64(), [2**63], "integer", [None]),
        (pa.int64(), [7], "string", ["7"]),
        (pa.float64(), [1.5, None], "number", [1.5, None]),
        (pa.int16(), [3], "number", [3.0]),
        (pa.date32(), [date(2019, 1, 2)], "date", [date(2019, 1, 2)]),
        (pa.timestamp("us"), [LATE], "date", [date(2019, 1, 2)]),
        (pa.bool_(), [True, None], "boolean", [True, None]),
    ],
)
def test_columns_that_have_a_type_already(arrow, values, kind, read_as):
    found_values, found = read(values, arrow, type=kind)

    assert found_values == read_as
    assert found == ({"type_error": 1} if values == [2**63] else {})


def test_numbers_that_are_none_are_findings_in_typed_columns_too():
    values, found = read([float("inf"), float("nan"), 1.0], pa.float64(), type="number")

    assert values == [None, None, 1.0]
    assert found == {"type_error": 2}


def test_missing_token_that_is_a_number_counts_in_typed_columns_too():
    values, found = read([-9, 4], pa.int64(), type="integer", missing=["-9"])

    assert values == [None, 4]
    assert found == {}


def test_text_out_of_a_float_is_refused():
    with pytest.raises(InputError, match=r"lab\.x is a floating-point number"):
        refuse_lossy("lab.x", pa.float64(), wants_text=True)


def test_local_time_out_of_a_time_with_a_zone_is_refused():
    with pytest.raises(InputError, match="time zone"):
        refuse_lossy("lab.x", pa.timestamp("us", "UTC"), wants_text=False)


def test_column_that_a_source_may_lack_is_empty():
    wanted = Column.model_validate(column("y", "x", type="number", optional=True))

    made = cell(wanted, Inputs({}, {("x",): None}, ("",)))

    with reading_engine() as engine:
        assert engine.execute(f"SELECT {made.value}, {made.given}").fetchall() == [
            (None, False)
        ]
