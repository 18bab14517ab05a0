"""Exact numbers on the small hospital, counted by hand."""

import pytest

from enclave.cohort.attrition import steps
from enclave.cohort.question import (
    AgeRange,
    CodeList,
    Comparison,
    EventCriterion,
    Population,
    Question,
    Within,
)
from enclave.errors import InputError, NotFoundError
from enclave.feasibility.availability import availability
from enclave.feasibility.counting import count


DIABETES = EventCriterion(codes=CodeList.of("SKS", "DE11*"))
HIGH_CRP = EventCriterion(
    codes=CodeList.of("NPU", "NPU19748"),
    value=Comparison(operator=">", threshold=10, unit="mg/L"),
)


def test_everybody_is_counted(snapshot):
    assert count(Question(), snapshot) == 6


def test_persons_are_counted_once_however_many_events_they_have(snapshot):
    # a (twice), b and d.
    assert count(Question(criteria=(DIABETES,)), snapshot) == 3


def test_nobody_is_zero(snapshot):
    nobody = Question(population=Population(born={"start": "2020-01-01"}))

    assert count(nobody, snapshot) == 0


def test_attrition_counts_each_step(snapshot):
    question = Question(
        population=Population(age=AgeRange(minimum=40, at="index")),
        index=DIABETES,
        criteria=(Within(criterion=HIGH_CRP, from_days=0, to_days=90),),
        variables=("lab.value",),
    )

    found = steps(question)

    assert [count(step.question, snapshot) for step in found] == [6, 3, 2, 1]
    assert found[0].label_en == "All persons in the warehouse"
    assert found[2].label_da == "Mindst 40 år gamle på dagen for indekshændelsen"
    assert count(question, snapshot) == 1


def test_availability_counts_persons_with_a_value(snapshot):
    # Of a, b and d, all have results and each at least one number; d has one empty too.
    # a lives in a known municipality, b is dead, a alone has a pressure.
    variables = ["vital.value", "lab.value", "person.municipality", "person.death_date"]

    found = availability(Question(criteria=(DIABETES,)), snapshot, variables)

    assert [(each.variable, each.persons) for each in found] == [
        ("vital.value", 1),
        ("lab.value", 3),
        ("person.municipality", 1),
        ("person.death_date", 1),
    ]


def test_a_row_without_a_value_is_not_a_value(snapshot):
    # f has one result, and it is empty.
    youngest = Question(population=Population(born={"start": "2000-01-01"}))

    values, rows = availability(youngest, snapshot, ["lab.value", "lab.unit"])

    assert (values.persons, rows.persons) == (0, 1)


def test_person_key_is_always_there(snapshot):
    (found,) = availability(Question(), snapshot, ["lab.person"])

    assert found.persons == 4


def test_unknown_variable_is_refused_with_close_ones(snapshot):
    with pytest.raises(NotFoundError, match=r"lab\.value"):
        availability(Question(), snapshot, ["lab.valeu"])


def test_variable_of_no_person_is_refused(snapshot):
    with pytest.raises(InputError, match=r"ward\.beds is not about persons"):
        availability(Question(), snapshot, ["ward.beds"])


def test_nothing_asked_is_nothing_found(snapshot):
    assert availability(Question(), snapshot, []) == []
