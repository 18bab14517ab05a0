"""What ATLAS and the mapping ``omop`` call the same things.

Concept ids are those of the OHDSI vocabularies.
"""

from collections.abc import Mapping
from typing import NamedTuple


SYSTEM = "OMOP"


class Domain(NamedTuple):
    """One kind of event.

    Attributes
    ----------
    table
        Its table in a snapshot.
    kind_of_record
        The field that says from what kind of record it comes, which is its source.
    has_values
        Whether its events have numbers.
    """

    table: str
    kind_of_record: str
    has_values: bool = False


DOMAINS = {
    "ConditionOccurrence": Domain("condition", "ConditionType"),
    "DrugExposure": Domain("drug", "DrugType"),
    "ProcedureOccurrence": Domain("procedure", "ProcedureType"),
    "Measurement": Domain("measurement", "MeasurementType", has_values=True),
    "Observation": Domain("observation", "ObservationType", has_values=True),
    "VisitOccurrence": Domain("visit", "VisitType"),
    "Death": Domain("death", "DeathType"),
}
NAME_OF_TABLE = {domain.table: name for name, domain in DOMAINS.items()}

SEXES = {8507: "male", 8532: "female"}

# Only those that two public lists of OMOP units or more agree about.
UNITS = {
    8840: "mg/dL",
    8713: "g/dL",
    8636: "g/L",
    8751: "mg/L",
    8748: "ug/L",
    8842: "ng/mL",
    8753: "mmol/L",
    8749: "umol/L",
    8645: "U/L",
    8554: "%",
    8876: "mm Hg",
    9529: "kg",
    8582: "cm",
}

OPERATORS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "eq": "="}

# Fields of every kind of event that a question has no counterpart for.
UNSAYABLE: Mapping[str, str] = {
    "OccurrenceEndDate": "a question asks for the day on which an event began",
    "StopReason": "a question does not ask why something ended",
    "ProviderSpecialty": "a question does not ask who treated",
    "PlaceOfService": "a question does not ask where",
    "PlaceOfServiceLocation": "a question does not ask where",
    "PlaceOfServiceDistance": "a question does not ask where",
    "VisitType": "a question does not ask in what kind of contact an event happened",
    "VisitLength": "a question does not ask how long something lasted",
    "ConditionStatus": "a question does not ask for the status of a diagnosis",
    "Refills": "a question does not ask for refills",
    "Quantity": "a question does not ask for quantities",
    "DaysSupply": "a question does not ask for days of supply",
    "RouteConcept": "a question does not ask for the route",
    "EffectiveDrugDose": "a question does not ask for doses",
    "DoseUnit": "a question does not ask for doses",
    "LotNumber": "a question does not ask for lot numbers",
    "Modifier": "a question does not ask for modifiers",
    "Qualifier": "a question does not ask for qualifiers",
    "Operator": (
        "a question does not ask whether a result was written with < or >: it reads"
        " <4 as every number below 4"
    ),
    "ValueAsConcept": "a question compares numbers, not results that are concepts",
    "ValueAsString": "a question compares numbers, not texts",
    "RangeLow": "a question compares values with limits, and limits with nothing",
    "RangeHigh": "a question compares values with limits, and limits with nothing",
    "DateAdjustment": "a question takes events on their own days",
    **{
        f"{name}SourceConcept": (
            "a question asks for standard concepts: put them into the concept set"
        )
        for name in (
            "Condition",
            "Drug",
            "Procedure",
            "Measurement",
            "Observation",
            "Visit",
            "Death",
        )
    },
    **{
        f"{domain.kind_of_record}Exclude": (
            "a question names the kinds of record that it wants: list those"
        )
        for domain in DOMAINS.values()
    },
    **{
        f"{name}CS": "a question does not take concept sets here: list the concepts"
        for name in (
            "Gender",
            "Unit",
            "Operator",
            "ProviderSpecialty",
            "VisitType",
            "ValueAsConcept",
            *(domain.kind_of_record for domain in DOMAINS.values()),
        )
    },
}
