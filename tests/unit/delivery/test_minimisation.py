"""Which columns are delivered, how precise, and what is never delivered."""

import pytest

from enclave.delivery.minimisation import minimise
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects.forms import DatePolicy
from tests.builders.delivery import LAB, catalogue


def shape(*variables: str, date_policy: DatePolicy = DatePolicy.REAL, **tables):
    return {
        table.name: [column.name for column in table.columns]
        for table in minimise(variables, date_policy, catalogue(**tables))
    }


def test_variables_are_sorted_into_tables_in_the_grants_order():
    assert shape("lab.value", "person.sex", "lab.date", "stay.ward") == {
        "lab": ["value", "date"],
        "person": ["sex"],
        "stay": ["ward"],
    }


def test_rows_are_placed_by_the_date_of_the_table_even_if_it_is_not_granted():
    tables = minimise(
        ["lab.value", "stay.ward", "person.death_date"], DatePolicy.REAL, catalogue()
    )

    assert [table.date for table in tables] == ["date", "begin", None]


@pytest.mark.parametrize(
    ("granted", "order"),
    [
        (("lab.value", "lab.date", "lab.code"), ["date", "value", "code"]),
        (("lab.value", "lab.code"), ["value", "code"]),
    ],
)
def test_rows_of_a_person_are_ordered_by_date_and_then_by_all_else(granted, order):
    (table,) = minimise(granted, DatePolicy.REAL, catalogue())

    assert table.order == order


@pytest.mark.parametrize(
    ("policy", "precision"),
    [
        (DatePolicy.REAL, "exact"),
        (DatePolicy.SHIFT, "shift"),
        (DatePolicy.MONTH, "month"),
        (DatePolicy.YEAR, "year"),
    ],
)
def test_every_date_follows_the_policy_but_a_birth_date_is_given_to_the_year(
    policy, precision
):
    granted = [
        "person.birth_date",
        "person.death_date",
        "lab.date",
        "lab.answered",
        "lab.value",
    ]

    found = {
        column.name: column.precision
        for table in minimise(granted, policy, catalogue())
        for column in table.columns
    }

    assert found == {
        "birth_date": "year",
        "death_date": precision,
        "date": precision,
        "answered": precision,
        "value": None,
    }


@pytest.mark.parametrize(
    ("name", "error", "words"),
    [
        ("person.cpr", PolicyRefusal, "names persons directly"),
        ("lab.person", PolicyRefusal, "holds person keys"),
        ("person.mother", PolicyRefusal, "holds person keys"),
        ("code.label_en", PolicyRefusal, "holds no persons"),
        ("lab.valeu", NotFoundError, "Did you mean lab.value"),
    ],
)
def test_what_is_never_delivered_is_named(name, error, words):
    with pytest.raises(error, match=words):
        shape("lab.value", name)


def test_no_column_may_pass_for_the_pseudonym():
    with pytest.raises(InputError, match="name of the pseudonym column"):
        shape("lab.pseudonym", lab={**LAB, "pseudonym": {}})


def test_no_table_may_pass_for_the_list_of_persons():
    with pytest.raises(InputError, match="name of the delivered list of persons"):
        shape("population.code", population=LAB)
