"""A variable may be asked for in days round the index event."""

import pytest
from pydantic import ValidationError

from enclave.cohort.question import CodeList, EventCriterion, Question, VariableWindow
from enclave.cohort.rendering import describe
from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from enclave.errors import InputError
from enclave.feasibility.availability import availability
from enclave.warehouse.warehouse import Warehouse


INDEX = EventCriterion(codes=CodeList.of("SKS", "DE11*"))


def asked(from_days, to_days, variable="lab.value"):
    window = VariableWindow(variable=variable, from_days=from_days, to_days=to_days)
    return Question(index=INDEX, variables=(variable,), variable_windows=(window,))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"variables": ()}, "lab.value has a window: ask for the variable too"),
        ({"index": None}, "there is none: add an index event"),
        (
            {"variable_windows": asked(0, 1).variable_windows * 2},
            "lab.value has two windows: keep one",
        ),
    ],
)
def test_what_cannot_be_meant_cannot_be_made(fields, message):
    with pytest.raises(ValidationError) as refusal:
        Question(**{**dict(asked(0, 30)), **fields})

    assert message in str(refusal.value)


def test_in_words():
    assert describe(asked(-30, 0), "en").splitlines()[-1] == (
        "Variables asked for: lab.value [from 30 days before the index event to the day"
        " of the index event inclusive]."
    )


def by_hand(connection, from_days, to_days):
    """Count with loops over the rows what is there in the window."""
    first = {}
    for person, code, day in connection.sql(
        "FROM events SELECT person, code, date WHERE code_system = 'SKS'"
    ).fetchall():
        if code.startswith("DE11"):
            first[person] = min(day, first.get(person, day))
    found = [
        (person, day.year)
        for person, day, value in connection.sql(
            "FROM lab SELECT person, CAST(date AS DATE), value"
        ).fetchall()
        if person in first
        and value is not None
        and (from_days is None or (day - first[person]).days >= from_days)
        and (to_days is None or (day - first[person]).days <= to_days)
    ]
    years = [year for _, year in found]
    return (
        len({person for person, _ in found}),
        len(found),
        min(years, default=None),
        max(years, default=None),
    )


@pytest.mark.parametrize("ends", [(None, -1), (0, 0), (0, None), (-400, 400)])
def test_available_is_what_lies_in_the_window(hospital, ends):
    snapshot = Warehouse(hospital).snapshot()
    with snapshot.connect() as connection:
        expected = by_hand(connection, *ends)

    (found,) = availability(asked(*ends), snapshot, ["lab.value"])

    assert (found.persons, found.values, found.first_year, found.last_year) == expected


def test_a_variable_without_a_date_has_no_window(hospital):
    question = asked(0, 30, "person.sex")

    with pytest.raises(InputError, match="has no date"):
        availability(question, Warehouse(hospital).snapshot(), ["person.sex"])


def test_the_open_tier_does_not_answer_windows_of_variables():
    (refused,) = refusals(asked(0, 30), policy().grammar)

    assert refused.startswith("variable_windows: the open tier")
