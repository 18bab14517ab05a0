"""ATLAS definitions become questions."""

# ruff: noqa: E501 - the paths in messages are long

import json

import pytest

from enclave.cohort.atlas.reading import read_definition
from enclave.cohort.question import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    CodeList,
    EventCriterion,
    Not,
    Question,
    SameContact,
    Within,
)
from tests.unit.cohort.atlas.definitions import (
    AFTER,
    BEFORE,
    NEW_USERS,
    changed,
    condition,
    group,
    inclusion,
    insulin,
    limited,
    near,
    refused,
    text,
)


DIABETES = EventCriterion(
    table="condition",
    codes=CodeList(
        system="OMOP",
        entries=(
            {"code": "201826", "match": "descendants"},
            {"code": "4058243", "match": "descendants", "exclude": True},
        ),
        name="Type 2 diabetes",
    ),
)
INSULIN = EventCriterion(
    table="drug",
    codes=CodeList(
        system="OMOP",
        entries=({"code": "21600713", "match": "descendants"},),
        name="Insulin",
    ),
)


def test_new_user_design_is_translated_whole():
    question, notes = read_definition(text(NEW_USERS))

    assert question == Question.model_validate(
        {
            "population": {"sex": "female", "age": {"minimum": 18, "at": "index"}},
            "index": {
                "table": "drug",
                "codes": {
                    "system": "OMOP",
                    "entries": [{"code": "1503297", "match": "descendants"}],
                    "name": "Metformin",
                },
                "pick": "first_ever",
                "dates": {"start": "2010-01-01"},
            },
            "index_observed": {"days_before": 365, "days_after": 0},
            "criteria": [
                Within(criterion=DIABETES, from_days=None, to_days=0, observed=True),
                {
                    "kind": "within",
                    "criterion": {
                        "table": "measurement",
                        "codes": {
                            "system": "OMOP",
                            "entries": [{"code": "3004410", "match": "exact"}],
                            "name": "HbA1c",
                        },
                        "value": {"operator": ">=", "threshold": 6.5, "unit": "%"},
                        "at_least_days": 2,
                    },
                    "from_days": -180,
                    "to_days": 0,
                    "observed": True,
                },
                Not(criterion=Within(criterion=INSULIN, from_days=-365, to_days=-1)),
            ],
        }
    )
    assert [note.split(":")[0] for note in notes] == [
        "First",
        "Names of inclusion rules are not kept",
        "Units",
        "Values",
        "Age",
    ]


def test_what_webapi_returns_is_read_too():
    whole = {
        "id": 17,
        "name": "New users",
        "description": None,
        "expressionType": "SIMPLE_EXPRESSION",
        "expression": text(NEW_USERS),
        "createdBy": "somebody",
        "tags": [],
    }

    assert read_definition(json.dumps(whole)) == read_definition(text(NEW_USERS))


TWICE = DIABETES.model_copy(update={"at_least": 2})
THRICE = DIABETES.model_copy(update={"at_least": 3})
SOON = insulin((0, BEFORE), (30, AFTER))


@pytest.mark.parametrize(
    ("definition", "criteria"),
    [
        (inclusion(condition()), (DIABETES,)),
        (
            inclusion(condition(IgnoreObservationPeriod=False)),
            (Within(criterion=DIABETES, from_days=None, to_days=None, observed=True),),
        ),
        (
            inclusion(condition((30, BEFORE), (7, AFTER))),
            (Within(criterion=DIABETES, from_days=-30, to_days=7),),
        ),
        (inclusion(condition(kind=2, count=2)), (TWICE,)),
        (inclusion(condition(kind=1, count=1)), (Not(criterion=TWICE),)),
        (inclusion(condition(kind=1, count=0)), (Not(criterion=DIABETES),)),
        (
            inclusion(condition(kind=0, count=2)),
            (AllOf(criteria=(TWICE, Not(criterion=THRICE))),),
        ),
        (
            inclusion(condition(), insulin(), kind="ANY"),
            (AnyOf(criteria=(DIABETES, INSULIN)),),
        ),
        (
            inclusion(condition(), insulin(), kind="AT_LEAST", Count=2),
            (AtLeastOf(number=2, criteria=(DIABETES, INSULIN)),),
        ),
        (
            inclusion(condition(), insulin(), kind="AT_MOST", Count=1),
            (Not(criterion=AtLeastOf(number=2, criteria=(DIABETES, INSULIN))),),
        ),
        (
            inclusion(condition(), insulin(), kind="AT_MOST", Count=0),
            (Not(criterion=AnyOf(criteria=(DIABETES, INSULIN))),),
        ),
        (
            inclusion(condition(), groups=[group(insulin(), condition(), kind="ANY")]),
            (DIABETES, AnyOf(criteria=(INSULIN, DIABETES))),
        ),
        (
            inclusion(near(SOON)),
            (Around(criterion=INSULIN, anchor=DIABETES, from_days=0, to_days=30),),
        ),
        (
            inclusion(near(insulin(RestrictVisit=True), kind=0, count=0)),
            (Not(criterion=SameContact(criterion=INSULIN, anchor=DIABETES)),),
        ),
    ],
)
def test_criteria_are_translated(definition, criteria):
    assert read_definition(text(definition)).question.criteria == criteria


@pytest.mark.parametrize(
    ("definition", "index_rule", "pick"),
    [
        (limited("First", "First"), None, None),
        (limited("All", "First"), "first_that_fits", None),
        (limited("All", "First", rules=False), None, None),
        (limited("All", "All"), "first_that_fits", None),
        (limited("All", "First", first=True), None, "first_ever"),
        (limited("Last", "First"), None, "last"),
    ],
)
def test_limits_say_which_event_is_the_index_event(definition, index_rule, pick):
    question = read_definition(text(definition)).question

    assert (question.index_rule, question.index.pick) == (index_rule, pick)


def test_persons_who_enter_several_times_are_noted():
    notes = read_definition(text(limited("All", "All"))).notes

    assert any("in the cohort once" in note for note in notes)


def test_two_stages_of_limits_are_refused():
    definition = limited("All", "First")
    definition["AdditionalCriteria"] = group(insulin())

    assert refused(definition) == [
        (
            "QualifiedLimit: a question chooses the index event before all of its criteria"
            " or after all: set the limits before this one to First, or this one to All"
        )
    ]


def test_initial_events_of_one_domain_are_put_together():
    definition = changed(
        ("PrimaryCriteria", "CriteriaList"),
        [{"DrugExposure": {"CodesetId": 0}}, {"DrugExposure": {"CodesetId": 3}}],
    )

    codes = read_definition(text(definition)).question.index.codes

    assert [entry.code for entry in codes.entries] == ["1503297", "21600713"]
