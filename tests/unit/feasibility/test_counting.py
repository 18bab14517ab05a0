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
from enclave.feasibility.by_variable import ByVariable
from enclave.feasibility.cells import ByAvailability
from enclave.feasibility.counting import count
from enclave.feasibility.extent import Extent, Years


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


def available(asked, snapshot, *variables):
    """Return how many have a value of each, whatever the gate would make of it."""
    cells = ByAvailability(variables).cells(asked, snapshot)
    return {name: len(found) for name, found in cells.items() if name != "all"}


def test_availability_counts_persons_with_a_value(snapshot):
    # Of a, b and d, all have results and each at least one number; d has one empty too.
    # a lives in a known municipality, b is dead, a alone has a pressure.
    variables = ["vital.value", "lab.value", "person.municipality", "person.death_date"]

    found = available(Question(criteria=(DIABETES,)), snapshot, *variables)

    assert found == dict(zip(variables, (1, 3, 1, 1), strict=True))


def test_a_row_without_a_value_is_not_a_value(snapshot):
    # f has one result, and it is empty.
    youngest = Question(population=Population(born={"start": "2000-01-01"}))

    found = available(youngest, snapshot, "lab.value", "lab.unit")

    assert found == {"lab.value": 0, "lab.unit": 1}


def test_person_key_is_always_there(snapshot):
    assert available(Question(), snapshot, "lab.person") == {"lab.person": 4}


@pytest.mark.parametrize(
    ("variables", "error", "complaint"),
    [
        (["lab.valeu"], NotFoundError, r"lab\.value"),
        (["ward.beds"], InputError, r"ward\.beds is not about persons"),
        ([], InputError, "1 to 100 variables"),
    ],
)
def test_variables_that_cannot_be_asked_for(snapshot, variables, error, complaint):
    for layout in (ByAvailability(variables).layout, _extent(variables)):
        with pytest.raises(error, match=complaint):
            layout(Question(), snapshot)


def _extent(variables):
    return lambda asked, snapshot: Extent.of(asked, variables, snapshot)


def test_persons_are_sorted_by_number_and_years(snapshot):
    # Numbers: a has one result, b two, d one, in 2019, 2019 and 2020.
    asked = Question(criteria=(DIABETES,))
    extent = Extent((("lab.value", Years(2020, 2021)), ("person.sex", Years(1, 0))))

    sizes = extent.sizes(extent.cohort(asked, snapshot), snapshot)

    assert tuple(sizes) == extent.layout.cells
    assert {name: size for name, size in sizes.items() if size} == {
        "0 number 1": 2,
        "0 number 2": 1,
        "0 first 0": 2,
        "0 first 1": 1,
        "0 last 0": 2,
        "0 last 1": 1,
        "1 number 1": 3,
    }
    assert extent.layout.memberships == 4


def test_the_cells_of_an_extent_follow_from_the_catalogue(snapshot):
    # No year holds events of five persons, so none is known.
    extent = Extent.of(Question(), ["lab.value", "lab.unit", "lab.value"], snapshot)

    assert extent.variables == (("lab.unit", Years(1, 0)), ("lab.value", Years(1, 0)))
    assert extent.layout.kept_sets == ("all",)


@pytest.mark.parametrize(
    ("name", "error", "complaint"),
    [
        ("ward", InputError, "sex-age, by index-year, or by a coded variable"),
        ("person.nothing", NotFoundError, "no variable"),
        ("person.municipality", InputError, "no list of codes"),
        ("person.death_date", InputError, "no list of codes"),
        ("diagnosis.code", InputError, "Patients have many of diagnosis.code"),
    ],
)
def test_what_nobody_is_sorted_by(snapshot, name, error, complaint):
    with pytest.raises(error, match=complaint):
        ByVariable(name).layout(Question(), snapshot)
