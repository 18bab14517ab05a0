"""Variables that are given only round each person's index event."""

from datetime import date

import pytest

from enclave.delivery.grant_text import as_text
from enclave.delivery.minimisation import RARE, minimise
from enclave.errors import InputError
from enclave.projects.forms import DatePolicy, Generalisation, VariablePeriod
from tests.builders.delivery import (
    a_grant,
    an_extraction,
    catalogue,
    connected,
    delivered,
)


INDEX = date(2015, 6, 20)
EARLY, NEAR, LATE = date(2015, 6, 9), date(2015, 6, 10), date(2015, 6, 26)
ROWS = [
    {"person": 1, "date": day, "code": "A", "value": float(number)}
    for number, day in enumerate((EARLY, NEAR, INDEX, date(2015, 6, 25), LATE))
]


def period(variable: str, first: int = -10, last: int = 5) -> VariablePeriod:
    return VariablePeriod(variable=variable, days_from=first, days_to=last)


def table(*variables, periods, policy=DatePolicy.REAL, **more):
    (made,) = minimise(variables, policy, catalogue(), periods=periods, **more)
    return made


def given(tmp_path, made, rows, persons):
    extraction = an_extraction(connected(lab=rows), persons)
    extraction.write(made, tmp_path / "t.parquet")
    return delivered(tmp_path / "t.parquet"), extraction.tally(made)


def test_rows_on_other_days_are_not_delivered_where_nothing_is_left(tmp_path):
    both = [period("lab.date"), period("lab.value")]
    made = table("lab.date", "lab.value", periods=both)

    rows, tally = given(tmp_path, made, ROWS, {1: INDEX})

    assert [row["value"] for row in rows] == [1.0, 2.0, 3.0]
    assert (tally.rows.tolist(), tally.inside.tolist()) == ([5], [3])


def test_a_value_on_another_day_is_left_out_where_the_row_stays(tmp_path):
    made = table("lab.code", "lab.value", periods=[period("lab.value")])

    rows, tally = given(tmp_path, made, ROWS, {1: INDEX})

    assert (
        sorted(str(row["value"]) for row in rows)
        == ["1.0", "2.0", "3.0"] + ["None"] * 2
    )
    assert [row["code"] for row in rows] == ["A"] * 5
    assert tally.inside.tolist() == [5]


def test_two_periods_let_a_row_in_by_either(tmp_path):
    both = [period("lab.code", -11, -11), period("lab.value", 6, 6)]
    made = table("lab.code", "lab.value", periods=both)

    rows, _ = given(tmp_path, made, ROWS, {1: INDEX})

    found = {(row["code"], row["value"]) for row in rows}
    assert found == {("A", None), (None, 4.0)}


def test_the_days_are_real_ones_also_where_dates_move(tmp_path):
    both = [period("lab.date"), period("lab.value")]
    made = table("lab.date", "lab.value", periods=both, policy=DatePolicy.SHIFT)

    rows, _ = given(tmp_path, made, ROWS, {1: INDEX})

    assert [row["value"] for row in rows] == [1.0, 2.0, 3.0]


def test_without_an_index_date_nothing_is_given(tmp_path):
    made = table("lab.value", periods=[period("lab.value")])

    rows, tally = given(tmp_path, made, ROWS, {1: None})

    assert rows == []
    assert tally.inside.tolist() == [0]


def test_who_has_a_value_on_other_days_does_not_make_it_common(tmp_path):
    rare = {"lab.code": Generalisation.RARE}
    made = table("lab.code", periods=[period("lab.code")], generalise=rare)
    rows = [
        {"person": number, "date": NEAR if number < 5 else EARLY, "code": "B"}
        for number in range(1, 7)
    ]

    found, _ = given(tmp_path, made, rows, dict.fromkeys(range(1, 7), INDEX))

    assert [row["code"] for row in found] == [RARE] * 4


def test_what_has_no_day_has_no_period():
    with pytest.raises(InputError, match="has no day"):
        table("person.sex", periods=[period("person.sex")])


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "lab.value, day -10 to 5"), ("da", "lab.value, -10 til 5 dage")],
)
def test_the_grant_says_so_and_older_grants_are_as_they_were(language, said):
    made = a_grant(
        periods=[period("lab.value")], storage="elsewhere", storage_place="S-drive"
    )

    assert said in as_text(made, language)
    assert "S-drive" in as_text(made, language)
    assert not {"periods", "storage", "storage_place"} & {*a_grant().content}
    assert made.content["periods"][0]["days_from"] == -10
