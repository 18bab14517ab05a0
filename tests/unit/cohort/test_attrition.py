"""The steps of a question narrow from everybody to the question itself."""

import itertools

from hypothesis import given, settings

from enclave.cohort.attrition import steps
from enclave.cohort.evaluation import persons
from enclave.cohort.question import (
    AgeRange,
    AnyOf,
    CodeList,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from tests.builders.cohort import a_snapshot
from tests.properties.cohort.generation import hospitals, questions


DIABETES = EventCriterion(codes=CodeList.of("SKS", "DE11*"))
INSULIN = EventCriterion(codes=CodeList.of("ATC", "A10A*"))
QUESTION = Question(
    population=Population(
        sex="male",
        age=AgeRange(minimum=18, at="index"),
        alive_at="2020-01-01",
    ),
    index=DIABETES,
    criteria=(
        Within(criterion=INSULIN, from_days=0, to_days=90),
        Not(criterion=AnyOf(criteria=(INSULIN, DIABETES))),
    ),
    variables=("lab.value",),
)


def test_steps_in_english():
    assert [step.label_en for step in steps(QUESTION)] == [
        "All persons in the warehouse",
        "All men",
        "Alive on 1 January 2020",
        "Index event: the first event with any SKS code beginning with DE11",
        "Aged 18 or over on the day of the index event",
        (
            "An event with any ATC code beginning with A10A, from the day of the index"
            " event to 90 days after the index event inclusive"
        ),
        (
            "None of the following (an event with any ATC code beginning with A10A; an"
            " event with any SKS code beginning with DE11)"
        ),
    ]


def test_steps_in_danish():
    assert [step.label_da for step in steps(QUESTION)] == [
        "Alle personer i datavarehuset",
        "Alle mænd",
        "I live den 1. januar 2020",
        "Indekshændelse: den første hændelse med en SKS-kode begyndende med DE11",
        "Mindst 18 år gamle på dagen for indekshændelsen",
        (
            "En hændelse med en ATC-kode begyndende med A10A, fra dagen for"
            " indekshændelsen til og med 90 dage efter indekshændelsen"
        ),
        (
            "Ingen af følgende kriterier (en hændelse med en ATC-kode begyndende med"
            " A10A; en hændelse med en SKS-kode begyndende med DE11)"
        ),
    ]


def test_each_step_asks_for_one_thing_more():
    found = [step.question for step in steps(QUESTION)]

    assert found[0] == Question()
    assert found[2].population == Population(sex="male", alive_at="2020-01-01")
    assert found[3].index == DIABETES
    assert found[4].population == QUESTION.population
    assert found[4].criteria == ()
    assert found[5].criteria == QUESTION.criteria[:1]
    assert found[6] == QUESTION


def test_question_without_conditions_is_one_step():
    everybody = Question(variables=("lab.value",))

    assert [step.question for step in steps(everybody)] == [everybody]


@settings(max_examples=12, deadline=None)
@given(hospital=hospitals, question=questions())
def test_no_step_finds_a_person_whom_the_step_before_did_not(hospital, question):
    connection = a_snapshot(*hospital)
    found = [
        set(persons(step.question, connection)["person"].to_pylist())
        for step in steps(question)
    ]

    assert all(later <= earlier for earlier, later in itertools.pairwise(found))
    # Every partial question is valid on its own, and reads back.
    for step in steps(question):
        assert Question.model_validate(step.question.model_dump()) == step.question
