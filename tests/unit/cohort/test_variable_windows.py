"""A variable may be asked for in days round the index event."""

import pytest

from enclave.cohort.node import MalformedError
from enclave.cohort.question import CodeList, EventCriterion, Question, VariableWindow
from enclave.cohort.rendering import describe
from enclave.disclosure.canonical_question import canonical_form
from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from enclave.errors import InputError
from enclave.feasibility.cells import ByAvailability
from enclave.feasibility.counting import count
from enclave.feasibility.extent import Extent
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
    with pytest.raises(MalformedError) as refusal:
        Question(**{**dict(asked(0, 30)), **fields})

    assert message in str(refusal.value)


def test_in_words():
    assert describe(asked(-30, 0), "en").splitlines()[-1] == (
        "Variables asked for: lab.value [from 30 days before the index event to the day"
        " of the index event inclusive]."
    )


def by_hand(connection, from_days, to_days):
    """Find with loops over the rows who has a value in the window."""
    first = {}
    for person, code, day in connection.sql(
        "FROM events SELECT person, code, date WHERE code_system = 'SKS'"
    ).fetchall():
        if code.startswith("DE11"):
            first[person] = min(day, first.get(person, day))
    rows = connection.sql("FROM lab SELECT person, CAST(date AS DATE), value")
    return {
        person
        for person, day, value in rows.fetchall()
        if person in first
        and value is not None
        and (from_days is None or (day - first[person]).days >= from_days)
        and (to_days is None or (day - first[person]).days <= to_days)
    }


@pytest.mark.parametrize("ends", [(None, -1), (0, 0), (0, None), (-400, 400)])
def test_available_is_what_lies_in_the_window(hospital, ends):
    snapshot, question = Warehouse(hospital).snapshot(), asked(*ends)
    with snapshot.connect() as connection:
        expected = by_hand(connection, *ends)
        keys = connection.sql("FROM person SELECT person ORDER BY person").fetchall()

    cells = ByAvailability(question.variables).cells(question, snapshot)

    assert {keys[ordinal][0] for ordinal in cells["lab.value"]} == expected
    assert len(cells["all"]) == count(question, snapshot) >= len(expected)


def test_a_window_is_another_question_than_none(hospital):
    snapshot = Warehouse(hospital).snapshot()
    layouts = [
        ByAvailability(one.variables).layout(one, snapshot)
        for one in (asked(0, 90), asked(0, 30), Question(variables=("lab.value",)))
    ]

    assert len({one.identity for one in layouts}) == 3
    assert {one.cells for one in layouts} == {("all", "lab.value")}


def test_a_variable_without_a_date_has_no_window(hospital):
    question = asked(0, 30, "person.sex")

    with pytest.raises(InputError, match="has no date"):
        ByAvailability(["person.sex"]).layout(question, Warehouse(hospital).snapshot())


def test_numbers_and_years_are_told_of_all_times_only(hospital):
    with pytest.raises(InputError, match="take its window out"):
        Extent.of(asked(0, 30), ["lab.value"], Warehouse(hospital).snapshot())


@pytest.mark.parametrize(("days", "refused"), [(30, 0), (90, 0), (31, 1), (1, 1)])
def test_the_open_tier_answers_windows_of_the_menu(days, refused):
    reasons = refusals(asked(0, days), policy().grammar)

    assert len(reasons) == refused
    assert all(one.startswith("variable_windows[0]: a window") for one in reasons)


def test_windows_of_variables_change_no_count():
    assert canonical_form(asked(0, 30)) == canonical_form(Question(index=INDEX))
