"""Questions become ATLAS definitions, or are refused with all that cannot be said."""

# ruff: noqa: E501 - the paths in messages are long

import json

import pytest

from enclave.cohort.atlas.reading import read_definition
from enclave.cohort.atlas.writing import write_definition
from enclave.cohort.question import (
    AllOf,
    Around,
    CodeList,
    Comparison,
    DateRange,
    During,
    EventCriterion,
    Not,
    Observed,
    Population,
    Question,
    Sequence,
    Within,
)
from enclave.errors import InputError
from tests.unit.cohort.atlas.definitions import NEW_USERS, text


DIABETES = EventCriterion(table="condition", codes=CodeList.of("OMOP", "201826+"))
METFORMIN = EventCriterion(
    table="drug",
    codes=CodeList.of("OMOP", "1503297+", "!1503298"),
    pick="first_ever",
    sources=("38000175",),
)
QUESTION = Question(
    index=METFORMIN, index_observed=Observed(days_before=365, days_after=0)
)


def refused(question):
    with pytest.raises(InputError) as refusal:
        write_definition(question)
    return [line.strip() for line in str(refusal.value).splitlines()[1:]]


def test_what_was_read_is_written_and_reads_back_the_same():
    question = read_definition(text(NEW_USERS)).question

    assert read_definition(write_definition(question).text).question == question


def test_definition_is_what_atlas_reads():
    written = json.loads(
        write_definition(
            QUESTION.model_copy(
                update={
                    "criteria": (
                        Not(
                            criterion=Within(
                                criterion=DIABETES, from_days=-30, to_days=0
                            )
                        ),
                    )
                }
            ),
            {"OMOP:1503297": "metformin"},
        ).text
    )

    assert written["PrimaryCriteria"] == {
        "CriteriaList": [
            {
                "DrugExposure": {
                    "CodesetId": 0,
                    "First": True,
                    "DrugType": [
                        {"CONCEPT_ID": 38000175, "CONCEPT_NAME": "Concept 38000175"}
                    ],
                }
            }
        ],
        "ObservationWindow": {"PriorDays": 365, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "First"},
    }
    assert written["ConceptSets"][0]["expression"]["items"] == [
        {
            "concept": {"CONCEPT_ID": 1503297, "CONCEPT_NAME": "metformin"},
            "isExcluded": False,
            "includeDescendants": True,
            "includeMapped": False,
        },
        {
            "concept": {"CONCEPT_ID": 1503298, "CONCEPT_NAME": "Concept 1503298"},
            "isExcluded": True,
            "includeDescendants": False,
            "includeMapped": False,
        },
    ]
    (rule,) = written["InclusionRules"]
    assert rule["expression"]["CriteriaList"] == [
        {
            "Criteria": {"ConditionOccurrence": {"CodesetId": 1}},
            "StartWindow": {
                "Start": {"Days": 30, "Coeff": -1},
                "End": {"Days": 0, "Coeff": 1},
            },
            "IgnoreObservationPeriod": True,
            "Occurrence": {"Type": 0, "Count": 0},
        }
    ]


def with_index(**fields):
    return Question(
        index=METFORMIN.model_copy(update=fields),
        index_observed=Observed(days_before=0),
    )


def with_criterion(*criteria):
    return QUESTION.model_copy(update={"criteria": criteria})


def with_population(**fields):
    return QUESTION.model_copy(update={"population": Population(**fields)})


@pytest.mark.parametrize(
    ("question", "line"),
    [
        (Question(), "index: every ATLAS cohort has an index event: add one"),
        (
            Question(index=METFORMIN),
            (
                "index_observed: ATLAS takes index events under observation only: give"
                " days_before: 0"
            ),
        ),
        (
            with_index(table=None),
            (
                "index.table: ATLAS asks one kind of event: name one of condition, drug,"
                " procedure, measurement, observation, visit, death"
            ),
        ),
        (
            with_index(codes=CodeList.of("SKS", "DE11*")),
            "index.codes.system: ATLAS asks for concepts of OMOP, and not for SKS",
        ),
        (
            with_index(codes=CodeList.of("OMOP", "15*")),
            (
                "index.codes.entries[0]: ATLAS knows no prefixes: take a concept with all"
                " below it"
            ),
        ),
        (
            with_index(codes=CodeList.of("OMOP", "DE11")),
            "index.codes.entries[0]: a concept is a number",
        ),
        (
            with_index(pick="first"),
            "index.pick: ATLAS knows first_ever here, and not first",
        ),
        (
            with_index(value=Comparison(operator=">", threshold=1)),
            "index.value: in ATLAS events of drug have no values",
        ),
        (
            with_criterion(Sequence(steps=(DIABETES, DIABETES), from_days=1)),
            "criteria[0]: ATLAS has no sequence",
        ),
        (
            with_criterion(
                AllOf(
                    criteria=(
                        DIABETES,
                        Not(criterion=During(criterion=DIABETES, anchor=DIABETES)),
                    )
                )
            ),
            "criteria[0].criteria[1].criterion: ATLAS has no during",
        ),
        (
            with_population(birth_year={"minimum": 1950}),
            (
                "population.birth_year: ATLAS knows no years of birth: ask for the age at"
                " the index event"
            ),
        ),
        (
            with_population(age={"minimum": 18, "at": "2020-01-01"}),
            "population.age.at: ATLAS asks for the age at the index event",
        ),
        (
            QUESTION.model_copy(update={"variables": ("person.sex",)}),
            "variables: ATLAS asks for no variables: take them out",
        ),
        (
            with_criterion(
                DIABETES.model_copy(update={"at_least": 3, "at_least_days": 2})
            ),
            "criteria[0].at_least: ATLAS counts events or days: ask for one",
        ),
    ],
)
def test_what_atlas_cannot_say_is_refused_by_its_name(question, line):
    assert line in refused(question)


def test_all_that_atlas_cannot_say_is_said_at_once():
    question = with_population(sex="male", alive_at="index").model_copy(
        update={"variables": ("person.sex",)}
    )

    assert len(refused(question)) == 2


def test_window_round_another_event_and_dates_read_back():
    near = Around(
        criterion=DIABETES.model_copy(update={"at_least": 2}),
        anchor=METFORMIN.model_copy(update={"dates": DateRange(end="2020-01-01")}),
        from_days=None,
        to_days=0,
    )
    question = with_criterion(near, Not(criterion=near))

    read = read_definition(write_definition(question).text).question

    assert unnamed(read) == unnamed(question)


def unnamed(question):
    """Leave out what the code lists are called."""
    return json.loads(question.model_dump_json(), object_hook=without_name)


def without_name(found):
    return {name: value for name, value in found.items() if name != "name"}
