"""What the engine returns, and that a question stays a question in it."""

from datetime import date

import pyarrow as pa
import pytest

from enclave.cohort.evaluation import persons
from enclave.cohort.question import (
    AnyOf,
    CodeEntry,
    CodeList,
    Comparison,
    EventCriterion,
    Not,
    Question,
    Within,
)
from tests.builders.cohort import a_person, a_snapshot, an_event


HOSTILE = [
    "'; DROP TABLE events; --",
    "A' OR '1'='1",
    'A" OR 1=1 --',
    "%",
    "_",
    "\\",
    "$1",
    "{code}",
    "Robert'); DROP TABLE person;--",
]


def found(question, connection):
    return persons(question, connection).to_pydict()


def test_result_has_its_columns_and_types_even_when_nobody_is_found():
    result = persons(Question(), a_snapshot([], []))

    assert result.schema == pa.schema(
        [("person", pa.int64()), ("index_date", pa.date32())]
    )
    assert result.num_rows == 0


def test_index_date_is_empty_without_an_index_event():
    connection = a_snapshot([a_person(7), a_person(3)], [])

    assert found(Question(), connection) == {
        "person": [3, 7],
        "index_date": [None, None],
    }


@pytest.mark.parametrize("code", HOSTILE)
@pytest.mark.parametrize("match", ["exact", "prefix"])
def test_hostile_code_is_only_a_code(code, match):
    connection = a_snapshot(
        [a_person(1), a_person(2)], [an_event(1, code), an_event(2, "A")]
    )
    codes = CodeList(system="SKS", entries=(CodeEntry(code=code, match=match),))
    question = Question(criteria=(EventCriterion(codes=codes),))

    assert found(question, connection)["person"] == [1]
    assert connection.execute("SELECT count(*) FROM events").fetchone() == (2,)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_system_and_unit_are_only_text(text):
    connection = a_snapshot(
        [a_person(1), a_person(2)],
        [
            an_event(1, "A", code_system=text, unit=text, value=9.0),
            an_event(2, "A", unit="g/L", value=9.0),
        ],
    )
    question = Question(
        criteria=(
            EventCriterion(
                codes=CodeList.of(text, "A"),
                value=Comparison(operator=">", threshold=5, unit=text),
            ),
        )
    )

    assert found(question, connection)["person"] == [1]


def test_five_thousand_prefixes_are_one_question():
    connection = a_snapshot(
        [a_person(1), a_person(2), a_person(3)],
        [an_event(1, "D4321X"), an_event(2, "E1"), an_event(3, "D17")],
    )
    codes = CodeList.of("SKS", *(f"D{number}*" for number in range(4_990)), "!D17")

    assert found(Question(criteria=(EventCriterion(codes=codes),)), connection)[
        "person"
    ] == [1]


def test_widest_question_that_is_allowed_runs():
    event = EventCriterion(codes=CodeList.of("SKS", "DE11*"))
    window = Not(criterion=Within(criterion=event, from_days=1, to_days=None))
    question = Question(index=event, criteria=(AnyOf(criteria=(window,) * 30),) * 2)
    connection = a_snapshot([a_person(1), a_person(2)], [an_event(1), an_event(1)])

    assert found(question, connection) == {
        "person": [1],
        "index_date": [date(2020, 1, 1)],
    }


def test_letters_beyond_ascii_are_compared_by_character():
    connection = a_snapshot(
        [a_person(1), a_person(2), a_person(3)],
        [an_event(1, "ØÅ1"), an_event(2, "Ø"), an_event(3, "O")],
    )
    question = Question(criteria=(EventCriterion(codes=CodeList.of("SKS", "ØÅ*")),))

    assert found(question, connection)["person"] == [1]
