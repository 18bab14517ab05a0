"""Write a question as an ATLAS cohort definition (Circe JSON).

What ATLAS cannot say is refused by its name and place, all of it at once.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from enclave.cohort.atlas.report import Report
from enclave.cohort.atlas.vocabulary import SEXES
from enclave.cohort.atlas.writing_events import EventWriter
from enclave.cohort.atlas.writing_groups import GroupWriter
from enclave.cohort.population import AgeRange, Population
from enclave.cohort.question import Question


class Exported(NamedTuple):
    """A definition as JSON, and what reads differently in it."""

    text: str
    notes: tuple[str, ...]


_CONCEPTS = {
    sex: {"CONCEPT_ID": number, "CONCEPT_NAME": sex.upper()}
    for number, sex in SEXES.items()
}
_POPULATION = {
    "born": "ATLAS knows no dates of birth: ask for the age at the index event",
    "birth_year": "ATLAS knows no years of birth: ask for the age at the index event",
    "alive_at": "ATLAS does not ask whether somebody is alive: take it out",
    "observed": "ATLAS asks for observation before it chooses: use index_observed",
}


def write_definition(
    question: Question, labels: Mapping[str, str] | None = None
) -> Exported:
    """Translate a question.

    Parameters
    ----------
    labels
        What concepts (``OMOP:201826``) are called.

    Raises
    ------
    InputError
        If it says what ATLAS cannot say; each thing with its place in the question.
    """
    report = Report()
    events = EventWriter(report, labels or {})
    groups = GroupWriter(events)
    definition = {
        "PrimaryCriteria": _primary(question, events),
        "ConceptSets": events.concept_sets,
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": [
            *_population(question.population, report),
            *(
                {
                    "name": f"Criterion {number}",
                    "expression": groups.group(
                        f"criteria[{number - 1}]", "ALL", (criterion,)
                    ),
                }
                for number, criterion in enumerate(question.criteria, start=1)
            ),
        ],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }
    if question.variables:
        report.refuse("variables", "ATLAS asks for no variables: take them out")
    report.check("ATLAS cannot say what this question says:")
    text = json.dumps(definition, indent=2, ensure_ascii=False)
    return Exported(text, tuple(report.notes))


def _primary(question: Question, events: EventWriter) -> dict[str, Any]:
    index, report = question.index, events.report
    if index is None:
        report.refuse("index", "every ATLAS cohort has an index event: add one")
        return {}
    limit = "All" if question.index_rule else "First"
    if index.pick == "last":
        if index.value or index.abnormal or question.index_rule:
            report.refuse(
                "index.pick", "ATLAS takes the last event that fits: ask less"
            )
        index, limit = index.model_copy(update={"pick": None}), "Last"
    observed = question.index_observed
    if observed is None:
        report.refuse(
            "index_observed",
            "ATLAS takes index events under observation only: give days_before: 0",
        )
        return {}
    window = {
        "PriorDays": observed.days_before or 0,
        "PostDays": observed.days_after or 0,
    }
    return {
        "CriteriaList": [events.event("index", index)],
        "ObservationWindow": window,
        "PrimaryCriteriaLimit": {"Type": limit},
    }


def _population(population: Population, report: Report) -> list[dict[str, Any]]:
    for name, why in _POPULATION.items():
        if getattr(population, name) is not None:
            report.refuse(f"population.{name}", why)
    asked: dict[str, Any] = {}
    if population.age is not None:
        asked["Age"] = _age(population.age, report)
    if population.sex is not None:
        asked["Gender"] = [_CONCEPTS[population.sex]]
    if not asked:
        return []
    group = {"Type": "ALL", "CriteriaList": [], "Groups": []}
    expression = group | {"DemographicCriteriaList": [asked]}
    return [{"name": "Population", "expression": expression}]


def _age(age: AgeRange, report: Report) -> dict[str, Any]:
    if age.at != "index":
        report.refuse("population.age.at", "ATLAS asks for the age at the index event")
    report.note(
        "Age: ATLAS takes the year of birth from the year of the event; a question"
        " counts completed years."
    )
    if age.minimum is None:
        return {"Value": age.maximum, "Op": "lte"}
    if age.maximum is None:
        return {"Value": age.minimum, "Op": "gte"}
    return {"Value": age.minimum, "Extent": age.maximum, "Op": "bt"}
