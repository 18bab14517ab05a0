"""Cohort definitions as ATLAS exports them, written by hand from its documentation."""

import json
from copy import deepcopy

import pytest

from enclave.cohort.atlas.reading import read_definition
from enclave.errors import InputError


def concept(number, name, domain="Condition", vocabulary="SNOMED"):
    return {
        "CONCEPT_CLASS_ID": "Clinical Finding",
        "CONCEPT_CODE": str(number + 1),
        "CONCEPT_ID": number,
        "CONCEPT_NAME": name,
        "DOMAIN_ID": domain,
        "INVALID_REASON": "V",
        "INVALID_REASON_CAPTION": "Valid",
        "STANDARD_CONCEPT": "S",
        "STANDARD_CONCEPT_CAPTION": "Standard",
        "VOCABULARY_ID": vocabulary,
    }


def concept_set(number, name, *items):
    return {"id": number, "name": name, "expression": {"items": list(items)}}


def item(number, name, *, below=True, out=False):
    return {
        "concept": concept(number, name),
        "isExcluded": out,
        "includeDescendants": below,
        "includeMapped": False,
    }


def window(start, end):
    def side(days, coeff):
        return {"Coeff": coeff} if days is None else {"Days": days, "Coeff": coeff}

    return {"Start": side(*start), "End": side(*end), "UseEventEnd": False}


def correlated(criteria, start, end, kind=2, count=1, **fields):
    return {
        "Criteria": criteria,
        "StartWindow": window(start, end),
        "Occurrence": {"Type": kind, "Count": count, **fields.pop("occurrence", {})},
        **fields,
    }


def group(*criteria, kind="ALL", demographics=(), groups=(), **fields):
    return {
        "Type": kind,
        "CriteriaList": list(criteria),
        "DemographicCriteriaList": list(demographics),
        "Groups": list(groups),
        **fields,
    }


def rule(name, expression):
    return {"name": name, "description": f"About {name}", "expression": expression}


BEFORE, AFTER = -1, 1
# New users of metformin with type 2 diabetes: the textbook's new-user design.
NEW_USERS = {
    "cdmVersionRange": ">=5.0.0",
    "PrimaryCriteria": {
        "CriteriaList": [
            {
                "DrugExposure": {
                    "CodesetId": 0,
                    "First": True,
                    "DrugTypeExclude": False,
                    "OccurrenceStartDate": {"Value": "2010-01-01", "Op": "gte"},
                }
            }
        ],
        "ObservationWindow": {"PriorDays": 365, "PostDays": 0},
        "PrimaryCriteriaLimit": {"Type": "First"},
    },
    "ConceptSets": [
        concept_set(0, "Metformin", item(1503297, "metformin")),
        concept_set(
            1,
            "Type 2 diabetes",
            item(201826, "Type 2 diabetes mellitus"),
            item(4058243, "Diabetes in pregnancy", out=True),
        ),
        concept_set(2, "HbA1c", item(3004410, "Hemoglobin A1c", below=False)),
        concept_set(3, "Insulin", item(21600713, "INSULINS AND ANALOGUES")),
    ],
    "QualifiedLimit": {"Type": "First"},
    "ExpressionLimit": {"Type": "First"},
    "InclusionRules": [
        rule(
            "Adults",
            group(
                demographics=[
                    {
                        "Age": {"Value": 18, "Op": "gte"},
                        "Gender": [concept(8532, "FEMALE", "Gender", "Gender")],
                    }
                ]
            ),
        ),
        rule(
            "Diabetes before",
            group(
                correlated(
                    {"ConditionOccurrence": {"CodesetId": 1}},
                    (None, BEFORE),
                    (0, BEFORE),
                )
            ),
        ),
        rule(
            "High HbA1c, and no insulin",
            group(
                correlated(
                    {
                        "Measurement": {
                            "CodesetId": 2,
                            "ValueAsNumber": {"Value": 6.5, "Op": "gte"},
                            "Unit": [concept(8554, "percent", "Unit", "UCUM")],
                        }
                    },
                    (180, BEFORE),
                    (0, AFTER),
                    count=2,
                    occurrence={"IsDistinct": True, "CountColumn": "START_DATE"},
                ),
                correlated(
                    {"DrugExposure": {"CodesetId": 3}},
                    (365, BEFORE),
                    (1, BEFORE),
                    kind=0,
                    count=0,
                    RestrictVisit=False,
                    IgnoreObservationPeriod=True,
                ),
            ),
        ),
    ],
    "CensoringCriteria": [],
    "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
    "CensorWindow": {},
}


def changed(path, value, definition=NEW_USERS):
    """Return a definition with something else at a path; DELETED takes it out."""
    copy = deepcopy(definition)
    *outer, last = path
    place = copy
    for name in outer:
        place = place[name]
    if value is DELETED:
        del place[last]
    else:
        place[last] = value
    return copy


DELETED = object()


def text(definition):
    return json.dumps(definition)


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


def limited(primary, expression, *, first=False, rules=True):
    definition = changed(
        ("PrimaryCriteria", "CriteriaList"),
        [{"ConditionOccurrence": {"CodesetId": 1, "First": first}}],
    )
    definition["PrimaryCriteria"]["PrimaryCriteriaLimit"] = {"Type": primary}
    definition["ExpressionLimit"] = {"Type": expression}
    definition["InclusionRules"] = [rule("one", group(insulin()))] if rules else []
    return definition


def refused(definition, **options):
    with pytest.raises(InputError) as refusal:
        read_definition(
            definition if isinstance(definition, str) else text(definition), **options
        )
    return [line.strip() for line in str(refusal.value).splitlines()[1:]]
