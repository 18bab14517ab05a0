"""ATLAS definitions become questions, or are refused with all that cannot be said."""

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
from enclave.errors import InputError
from tests.unit.cohort.atlas.definitions import (
    AFTER,
    BEFORE,
    DELETED,
    NEW_USERS,
    changed,
    concept,
    correlated,
    group,
    rule,
    text,
)


def refused(definition, **options):
    with pytest.raises(InputError) as refusal:
        read_definition(
            definition if isinstance(definition, str) else text(definition), **options
        )
    return [line.strip() for line in str(refusal.value).splitlines()[1:]]


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


def inclusion(*criteria, **fields):
    """Return a definition with one rule."""
    return changed(("InclusionRules",), [rule("one", group(*criteria, **fields))])


def condition(start=(None, BEFORE), end=(None, AFTER), **fields):
    fields = {"IgnoreObservationPeriod": True, **fields}
    return correlated({"ConditionOccurrence": {"CodesetId": 1}}, start, end, **fields)


def insulin(start=(None, BEFORE), end=(None, AFTER), **fields):
    fields = {"IgnoreObservationPeriod": True, **fields}
    return correlated({"DrugExposure": {"CodesetId": 3}}, start, end, **fields)


def near(other, **fields):
    """Return diabetes, and insulin round it."""
    found = condition(**fields)
    found["Criteria"]["ConditionOccurrence"]["CorrelatedCriteria"] = group(other)
    return found


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


def limited(primary, expression, *, first=False, rules=True):
    definition = changed(
        ("PrimaryCriteria", "CriteriaList"),
        [{"ConditionOccurrence": {"CodesetId": 1, "First": first}}],
    )
    definition["PrimaryCriteria"]["PrimaryCriteriaLimit"] = {"Type": primary}
    definition["ExpressionLimit"] = {"Type": expression}
    definition["InclusionRules"] = [rule("one", group(insulin()))] if rules else []
    return definition


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


PRIMARY = ("PrimaryCriteria", "CriteriaList")
DRUG = (*PRIMARY, 0, "DrugExposure")
MEASURED = ("InclusionRules", 2, "expression", "CriteriaList", 0)
RESULT = (*MEASURED, "Criteria", "Measurement")


@pytest.mark.parametrize(
    ("definition", "line"),
    [
        (
            changed(("Surprise",), 1),
            "Surprise: no such field is known: take it out",
        ),
        (
            changed((*DRUG, "Colour"), None),
            (
                "PrimaryCriteria.CriteriaList[0].DrugExposure.Colour: no such field is"
                " known: take it out"
            ),
        ),
        (
            changed((*DRUG, "DaysSupply"), {"Value": 30, "Op": "gt"}),
            (
                "PrimaryCriteria.CriteriaList[0].DrugExposure.DaysSupply: a question does"
                " not ask for days of supply"
            ),
        ),
        (
            changed((*DRUG, "DrugTypeExclude"), value=True),
            (
                "PrimaryCriteria.CriteriaList[0].DrugExposure.DrugTypeExclude: a question"
                " names the kinds of record that it wants: list those"
            ),
        ),
        (
            changed((*DRUG, "CodesetId"), DELETED),
            (
                "PrimaryCriteria.CriteriaList[0].DrugExposure.CodesetId: a question asks"
                " for codes: name a concept set here"
            ),
        ),
        (
            changed((*DRUG, "CodesetId"), 9),
            (
                "PrimaryCriteria.CriteriaList[0].DrugExposure.CodesetId: there is no"
                " concept set 9"
            ),
        ),
        (
            changed(PRIMARY, [{"DrugEra": {"CodesetId": 0}}]),
            (
                "PrimaryCriteria.CriteriaList[0].DrugEra: DrugEra is not among the events"
                " here: ConditionOccurrence, DrugExposure, ProcedureOccurrence,"
                " Measurement, Observation, VisitOccurrence, Death"
            ),
        ),
        (
            changed((*RESULT, "ValueAsNumber", "Op"), "!bt"),
            (
                "InclusionRules[2].expression.CriteriaList[0].Criteria.Measurement"
                ".ValueAsNumber.Op: a question can say bt, lt, lte, gt, gte, eq, and not"
                " '!bt'"
            ),
        ),
        (
            changed((*RESULT, "RangeHighRatio"), {"Value": 3, "Op": "gt"}),
            (
                "InclusionRules[2].expression.CriteriaList[0].Criteria.Measurement"
                ".RangeHighRatio: a question can only say > 1: beyond the limit"
            ),
        ),
        (
            changed((*MEASURED, "StartWindow", "UseEventEnd"), value=True),
            (
                "InclusionRules[2].expression.CriteriaList[0].StartWindow.UseEventEnd: a"
                " question asks for the day on which an event began"
            ),
        ),
        (
            changed((*MEASURED, "EndWindow"), {"Start": {"Days": 1, "Coeff": 1}}),
            (
                "InclusionRules[2].expression.CriteriaList[0].EndWindow: a question asks"
                " for the day on which an event began"
            ),
        ),
        (
            changed((*MEASURED, "RestrictVisit"), value=True),
            (
                "InclusionRules[2].expression.CriteriaList[0].RestrictVisit: a question"
                " asks for the contact of any event of a kind, not for that of the index"
                " event"
            ),
        ),
        (
            changed((*MEASURED, "Occurrence", "CountColumn"), "DOMAIN_CONCEPT"),
            (
                "InclusionRules[2].expression.CriteriaList[0].Occurrence.IsDistinct: a"
                " question counts different events, or different days"
            ),
        ),
        (
            changed((*MEASURED, "StartWindow", "Start", "TimeUnit"), "hour"),
            (
                "InclusionRules[2].expression.CriteriaList[0].StartWindow.Start.TimeUnit: a"
                " question counts days"
            ),
        ),
        (
            changed(
                ("ConceptSets", 0, "expression", "items", 0, "includeMapped"),
                value=True,
            ),
            (
                "ConceptSets[0].expression.items[0].includeMapped: a question does not"
                " follow mappings: list the concepts"
            ),
        ),
        (
            changed(("ConceptSets", 0, "expression", "items"), []),
            "ConceptSets[0].expression.items: the concept set is empty: fill it",
        ),
        (
            changed(
                (
                    "InclusionRules",
                    0,
                    "expression",
                    "DemographicCriteriaList",
                    0,
                    "Race",
                ),
                [concept(8515, "Asian")],
            ),
            (
                "InclusionRules[0].expression.DemographicCriteriaList[0].Race: a question"
                " does not ask for race"
            ),
        ),
        (
            changed(("InclusionRules", 0, "expression", "Type"), "ANY"),
            (
                "InclusionRules[0].expression.DemographicCriteriaList[0]: a question asks"
                " for age and sex of everybody: put this into a rule of its own, of type"
                " ALL"
            ),
        ),
        (
            changed(("CensorWindow",), {"StartDate": "2010-01-01"}),
            (
                "CensorWindow: a question does not cut cohorts at dates: use dates of the"
                " events"
            ),
        ),
        (
            inclusion(near(SOON, start=(30, BEFORE))),
            (
                "InclusionRules[0].expression.CriteriaList[0].Criteria.ConditionOccurrence"
                ".CorrelatedCriteria: a question asks one event round another, whenever"
                " that was: leave one criterion in this group, and open the window of the"
                " event outside (all days before and after, observation ignored, at least 1"
                " or exactly 0)"
            ),
        ),
    ],
)
def test_what_cannot_be_said_is_refused_by_its_name(definition, line):
    assert line in refused(definition)


def test_all_that_cannot_be_said_is_said_at_once():
    definition = changed((*DRUG, "Refills"), {"Value": 1, "Op": "gt"})
    definition["EndStrategy"] = {"DateOffset": {"DateField": "StartDate", "Offset": 7}}

    assert len(refused(definition)) == 2


def test_exits_are_left_out_only_when_asked_and_then_noted():
    definition = NEW_USERS | {
        "EndStrategy": {"DateOffset": {"DateField": "StartDate", "Offset": 7}}
    }

    (line,) = refused(definition)
    assert line.startswith("EndStrategy: a question does not say when persons leave")
    question, notes = read_definition(text(definition), entry_only=True)
    assert question == read_definition(text(NEW_USERS)).question
    assert any(note.startswith("EndStrategy: left out") for note in notes)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{", "This is not JSON"),
        ("[]", "no PrimaryCriteria"),
        ('{"criteria": []}', "no PrimaryCriteria"),
        ("[" * 100_000, "This is not JSON"),
    ],
)
def test_what_is_no_definition_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        read_definition(given)
