"""ATLAS definitions are refused with all that a question cannot say, each by its name."""

# ruff: noqa: E501 - the paths in messages are long

import pytest

from enclave.cohort.atlas.reading import read_definition
from enclave.errors import InputError
from tests.unit.cohort.atlas.definitions import (
    AFTER,
    BEFORE,
    DELETED,
    NEW_USERS,
    changed,
    concept,
    inclusion,
    insulin,
    near,
    refused,
    text,
)


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
            inclusion(near(insulin((0, BEFORE), (30, AFTER)), start=(30, BEFORE))),
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
        (
            text(NEW_USERS)[:-1] + ', "QualifiedLimit": {"Type": "All"}}',
            "QualifiedLimit stands twice",
        ),
        ('{"PrimaryCriteria": NaN}', "NaN is no number"),
        ('{"PrimaryCriteria": {"x": -Infinity}}', "-Infinity is no number"),
    ],
)
def test_what_is_no_definition_is_refused(given, message):
    with pytest.raises(InputError, match=message):
        read_definition(given)


@pytest.mark.parametrize("written", ["1e999", "-1e999"])
def test_what_is_too_large_for_a_number_is_refused(written):
    age = ("InclusionRules", 0, "expression", "DemographicCriteriaList", 0, "Age")
    definition = text(changed((*age, "Value"), 424242)).replace("424242", written)

    with pytest.raises(InputError, match=r"Age\.Value"):
        read_definition(definition)


def test_no_field_that_nobody_knows_is_passed_over():
    """Wherever one is put, also deep within, it is named."""
    for place in places_of_objects(NEW_USERS):
        lines = refused(changed((*place, "Odd"), value=True))

        # Whatever is in this one, it is refused as a whole.
        assert any("Odd" in line or "CensorWindow:" in line for line in lines), place


def places_of_objects(part, place=()):
    """Yield the place of each object within."""
    if isinstance(part, dict):
        yield place
    pairs = part.items() if isinstance(part, dict) else enumerate(part)
    for name, each in pairs:
        if isinstance(each, dict | list):
            yield from places_of_objects(each, (*place, name))
