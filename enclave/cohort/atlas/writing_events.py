"""Events and code lists of a question, as ATLAS writes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from enclave.cohort.atlas.report import Report
from enclave.cohort.atlas.vocabulary import (
    DOMAINS,
    NAME_OF_TABLE,
    OPERATORS,
    SYSTEM,
    UNITS,
    Domain,
)
from enclave.cohort.codes import CodeList
from enclave.cohort.dates import DateRange
from enclave.cohort.event import EventCriterion
from enclave.cohort.values import Between, ValueCondition


_WRITTEN = {operator: name for name, operator in OPERATORS.items()}
_UNIT_IDS = {unit: number for number, unit in UNITS.items()}
_ABNORMAL: Mapping[str, dict[str, Any]] = {
    "low": {"RangeLowRatio": {"Value": 1, "Op": "lt"}},
    "high": {"RangeHighRatio": {"Value": 1, "Op": "gt"}},
    "low_or_high": {"Abnormal": True},
}


@dataclass
class EventWriter:
    """Writes events, and gathers the concept sets that they name."""

    report: Report
    labels: Mapping[str, str]
    concept_sets: list[dict[str, Any]] = field(default_factory=list)
    _numbers: dict[CodeList, int] = field(default_factory=dict)

    def event(
        self, path: str, event: EventCriterion, group: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Write an event, with the group that is asked round it."""
        name = NAME_OF_TABLE.get(event.table or "")
        if name is None:
            tables = ", ".join(NAME_OF_TABLE)
            self.report.refuse(
                f"{path}.table", f"ATLAS asks one kind of event: name one of {tables}"
            )
            return {}
        fields = {
            "CodesetId": self._concept_set(path, event.codes),
            **self._when(path, event),
            **self._what(path, event, DOMAINS[name]),
        }
        if group is not None:
            fields["CorrelatedCriteria"] = group
        return {name: fields}

    def _when(self, path: str, event: EventCriterion) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if event.pick == "first_ever":
            fields["First"] = True
        elif event.pick is not None:
            self.report.refuse(
                f"{path}.pick", f"ATLAS knows first_ever here, and not {event.pick}"
            )
        if event.dates is not None:
            fields["OccurrenceStartDate"] = _dates(event.dates)
        return fields

    def _what(self, path: str, event: EventCriterion, domain: Domain) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if event.sources is not None:
            kinds = self._concepts(f"{path}.sources", event.sources)
            fields[domain.kind_of_record] = kinds
        if event.value is not None:
            fields |= self._value(f"{path}.value", event.value)
        if event.abnormal is not None:
            fields |= _ABNORMAL[event.abnormal]
        if not domain.has_values and (event.value or event.abnormal):
            self.report.refuse(
                f"{path}.value", f"in ATLAS events of {domain.table} have no values"
            )
        return fields

    def _concept_set(self, path: str, codes: CodeList) -> int:
        if codes.system != SYSTEM:
            self.report.refuse(
                f"{path}.codes.system",
                f"ATLAS asks for concepts of {SYSTEM}, and not for {codes.system}",
            )
        known = self._numbers.setdefault(codes, len(self._numbers))
        if known == len(self.concept_sets):
            items = [
                {
                    "concept": concept,
                    "isExcluded": entry.exclude,
                    "includeDescendants": entry.match == "descendants",
                    "includeMapped": False,
                }
                for number, entry in enumerate(codes.entries)
                for concept in self._concepts(
                    f"{path}.codes.entries[{number}]", (entry.code,)
                )
            ]
            self.concept_sets.append(
                {
                    "id": known,
                    "name": codes.name or f"Concept set {known}",
                    "expression": {"items": items},
                }
            )
        for number, entry in enumerate(codes.entries):
            if entry.match == "prefix":
                self.report.refuse(
                    f"{path}.codes.entries[{number}]",
                    "ATLAS knows no prefixes: take a concept with all below it",
                )
        return known

    def _concepts(self, path: str, codes: tuple[str, ...]) -> list[dict[str, Any]]:
        found = []
        for code in codes:
            if not (code.isascii() and code.isdigit()):
                self.report.refuse(path, "a concept is a number")
                continue
            name = self.labels.get(f"{SYSTEM}:{code}", f"Concept {code}")
            found.append({"CONCEPT_ID": int(code), "CONCEPT_NAME": name})
        return found

    def _value(self, path: str, value: ValueCondition) -> dict[str, Any]:
        written: dict[str, Any]
        if isinstance(value, Between):
            written = {"Value": value.lower, "Extent": value.upper, "Op": "bt"}
        else:
            written = {"Value": value.threshold, "Op": _WRITTEN[value.operator]}
        if value.convert is not None:
            self.report.refuse(f"{path}.convert", "ATLAS converts no units")
        if value.unit is None:
            return {"ValueAsNumber": written}
        if value.unit not in _UNIT_IDS:
            known = ", ".join(_UNIT_IDS)
            self.report.refuse(
                f"{path}.unit", f"the units that are known here: {known}"
            )
            return {}
        unit = {"CONCEPT_ID": _UNIT_IDS[value.unit], "CONCEPT_NAME": value.unit}
        return {"ValueAsNumber": written, "Unit": [unit]}


def _dates(dates: DateRange) -> dict[str, Any]:
    if dates.start is None or dates.end is None:
        day, operator = (dates.start, "gte") if dates.start else (dates.end, "lte")
        return {"Value": str(day), "Op": operator}
    return {"Value": str(dates.start), "Extent": str(dates.end), "Op": "bt"}
