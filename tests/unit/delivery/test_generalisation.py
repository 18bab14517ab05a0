"""Values that are given coarser than they are kept: ages, rare values, small units."""

from datetime import date

import pytest

from enclave.delivery.minimisation import RARE, minimise
from enclave.errors import InputError, PolicyRefusal
from enclave.projects.forms import DatePolicy, Generalisation
from tests.builders.delivery import (
    LAB,
    PERSON,
    WINDOW,
    a_grant,
    an_extraction,
    catalogue,
    connected,
    delivered,
)


DAY = date(2015, 6, 20)
UNITS = {**LAB, "unit_code": {"code_system": "SHAK"}}


def table(*variables, generalise, **tables):
    (made,) = minimise(variables, DatePolicy.REAL, catalogue(**tables), generalise)
    return made


def labs(**codes):
    """So many persons with each code, one row each."""
    person = iter(range(1, 1000))
    return [
        {"person": next(person), "date": DAY, "code": code}
        for code, number in codes.items()
        for _ in range(number)
    ]


def values(tmp_path, made, rows, name):
    connection = connected(**{made.name: rows})
    persons = dict.fromkeys({row["person"] for row in rows})
    an_extraction(connection, persons).write(made, tmp_path / "t.parquet")
    return sorted(str(row[name]) for row in delivered(tmp_path / "t.parquet"))


def test_a_value_that_few_persons_have_is_not_told(tmp_path):
    made = table("lab.code", generalise={"lab.code": Generalisation.RARE})

    found = values(tmp_path, made, labs(A=5, B=4, C=1), "code")

    assert found == [RARE] * 5 + ["A"] * 5


def test_persons_are_counted_and_not_rows(tmp_path):
    made = table("lab.code", generalise={"lab.code": Generalisation.RARE})
    often = [{"person": 1, "date": DAY, "code": "B"}] * 50

    assert set(values(tmp_path, made, [*labs(A=5), *often], "code")) == {RARE, "A"}


def test_persons_outside_the_cohort_or_the_window_do_not_count(tmp_path):
    made = table("lab.code", generalise={"lab.code": Generalisation.RARE})
    rows = labs(A=5)
    connection = connected(lab=[*rows[:4], {**rows[4], "date": date(2001, 1, 1)}])
    persons = dict.fromkeys(range(1, 6))

    an_extraction(connection, persons).write(made, tmp_path / "t.parquet")

    assert {row["code"] for row in delivered(tmp_path / "t.parquet")} == {RARE}


def test_a_missing_value_stays_missing(tmp_path):
    made = table("lab.code", generalise={"lab.code": Generalisation.RARE})
    rows = [*labs(A=5), {"person": 9, "date": DAY, "code": None}]

    assert values(tmp_path, made, rows, "code") == ["A"] * 5 + ["None"]


def test_small_units_are_hidden_without_being_asked():
    made = table("visits.unit_code", generalise={}, visits=UNITS)

    assert made.columns[0].hides_few


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(1980, 1, 1), "30-39"),
        (date(1980, 1, 2), "20-29"),  # thirty only the day after
        (date(2009, 12, 31), "0-9"),
        (date(1920, 1, 1), "90+"),
        (date(1905, 1, 1), "90+"),
        (date(2010, 1, 2), "None"),
    ],
)
def test_ages_are_given_in_tens_when_the_period_begins(tmp_path, born, band):
    assert date(2010, 1, 1) == WINDOW.start
    made = table(
        "person.birth_date",
        generalise={"person.birth_date": Generalisation.AGE_BAND},
    )
    rows = [{"person": 1, "birth_date": born}]

    assert values(tmp_path, made, rows, "age_band") == [band]


def test_ages_are_those_on_the_index_date_where_there_is_one(tmp_path):
    made = table(
        "person.birth_date",
        generalise={"person.birth_date": Generalisation.AGE_BAND},
    )
    rows = connected(person=[{"person": 1, "birth_date": date(1980, 1, 2)}])

    an_extraction(rows, {1: date(2012, 5, 5)}).write(made, tmp_path / "t.parquet")

    (row,) = delivered(tmp_path / "t.parquet")
    assert row["age_band"] == "30-39"
    assert "birth_date" not in row


def test_free_text_is_never_delivered(tmp_path):
    made = table("lab.code", generalise={})
    rows = [*labs(A=1), {"person": 9, "date": DAY, "code": "ord " * 60}]

    with pytest.raises(PolicyRefusal, match=r"lab\.code holds free text"):
        values(tmp_path, made, rows, "code")


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("lab.value", Generalisation.RARE),
        ("lab.code", Generalisation.AGE_BAND),
        ("lab.date", Generalisation.AGE_BAND),
    ],
)
def test_what_cannot_be_generalised_is_refused(name, how):
    with pytest.raises(InputError, match="cannot be generalised"):
        table(name, generalise={name: how})


def test_two_columns_of_one_name_are_refused():
    columns = {**PERSON, "age_band": {}}
    wanted = {"other.birth_date": Generalisation.AGE_BAND}

    with pytest.raises(InputError, match="two columns age_band"):
        table("other.birth_date", "other.age_band", generalise=wanted, other=columns)


def test_a_grant_without_it_is_signed_as_before():
    assert "generalise" not in a_grant().content
    coarser = a_grant(generalise={"lab.code": "rare"})
    assert coarser.content["generalise"] == {"lab.code": "rare"}
