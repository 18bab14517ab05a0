"""Criteria of a question, as groups that ATLAS asks round the index event."""

from dataclasses import dataclass
from typing import Any

from enclave.cohort.atlas.writing_events import EventWriter
from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Criterion,
    EventCriterion,
    Not,
    SameContact,
    Within,
)


_ANYWHERE = {
    "StartWindow": {"Start": {"Coeff": -1}, "End": {"Coeff": 1}},
    "IgnoreObservationPeriod": True,
}
_ONCE = {"Type": 2, "Count": 1}
_NEVER = {"Type": 0, "Count": 0}


@dataclass(frozen=True)
class GroupWriter:
    """Writes criteria as members of groups."""

    events: EventWriter

    def group(
        self,
        path: str,
        kind: str,
        parts: tuple[Criterion, ...],
        count: int | None = None,
    ) -> dict[str, Any]:
        """Write a group of criteria."""
        group: dict[str, Any] = {
            "Type": kind,
            "CriteriaList": [],
            "DemographicCriteriaList": [],
            "Groups": [],
        }
        if count is not None:
            group["Count"] = count
        for number, part in enumerate(parts):
            place = f"{path}[{number}]" if len(parts) > 1 else path
            key, member = self._member(place, part)
            group[key].append(member)
        return group

    def _member(self, path: str, criterion: Criterion) -> tuple[str, dict[str, Any]]:
        match criterion:
            case EventCriterion() | Within() | Around() | SameContact():
                return "CriteriaList", self._event(path, criterion, negated=False)
            case AllOf(criteria=parts):
                return "Groups", self.group(f"{path}.criteria", "ALL", parts)
            case AnyOf(criteria=parts):
                return "Groups", self.group(f"{path}.criteria", "ANY", parts)
            case AtLeastOf(criteria=parts, number=number):
                return "Groups", self.group(
                    f"{path}.criteria", "AT_LEAST", parts, number
                )
            case Not(criterion=part):
                return self._negated(f"{path}.criterion", part)
            case _:
                self.events.report.refuse(path, f"ATLAS has no {criterion.kind}")
                return "CriteriaList", {}

    def _negated(self, path: str, part: Criterion) -> tuple[str, dict[str, Any]]:
        most = 0
        match part:
            case EventCriterion() | Within() | Around() | SameContact():
                return "CriteriaList", self._event(path, part, negated=True)
            case AllOf(criteria=parts):
                most = len(parts) - 1
            case AnyOf(criteria=parts):
                most = 0
            case AtLeastOf(criteria=parts, number=number):
                most = number - 1
            case Not(criterion=inner):
                return self._member(f"{path}.criterion", inner)
            case _:
                return self._member(path, part)
        return "Groups", self.group(f"{path}.criteria", "AT_MOST", parts, most)

    def _event(
        self,
        path: str,
        criterion: EventCriterion | Within | Around | SameContact,
        *,
        negated: bool,
    ) -> dict[str, Any]:
        match criterion:
            case EventCriterion():
                where, event = _ANYWHERE, criterion
            case Within(criterion=event):
                where, path = _window(criterion), f"{path}.criterion"
            case _:
                inner = self._round_other(f"{path}.criterion", criterion)
                group = {"Type": "ALL", "CriteriaList": [inner]}
                group |= {"DemographicCriteriaList": [], "Groups": []}
                outer = self.events.event(f"{path}.anchor", criterion.anchor, group)
                times = _NEVER if negated else _ONCE
                return {"Criteria": outer, **_ANYWHERE, "Occurrence": times}
        return {
            "Criteria": self.events.event(path, event),
            **where,
            "Occurrence": self._times(path, event, negated=negated),
        }

    def _round_other(
        self, path: str, criterion: Around | SameContact
    ) -> dict[str, Any]:
        event = criterion.criterion
        where = _ANYWHERE | {"RestrictVisit": True}
        if isinstance(criterion, Around):
            where = _window(criterion)
        return {
            "Criteria": self.events.event(path, event),
            **where,
            "Occurrence": self._times(path, event, negated=False),
        }

    def _times(
        self, path: str, event: EventCriterion, *, negated: bool
    ) -> dict[str, Any]:
        number, days = event.at_least, {}
        if event.at_least_days is not None:
            number = event.at_least_days
            days = {"IsDistinct": True, "CountColumn": "START_DATE"}
            if event.at_least > 1:
                self.events.report.refuse(
                    f"{path}.at_least", "ATLAS counts events or days: ask for one"
                )
        if number > 1 and not days:
            self.events.report.note(
                "Numbers of events: ATLAS counts every row; a question counts the same"
                " event that was delivered twice once."
            )
        if not negated:
            return {"Type": 2, "Count": number, **days}
        return {"Type": 1 if number > 1 else 0, "Count": number - 1, **days}


def _window(window: Within | Around) -> dict[str, Any]:
    observed = isinstance(window, Within) and window.observed
    return {
        "StartWindow": {
            "Start": _end(window.from_days, open_end=-1),
            "End": _end(window.to_days, open_end=1),
        },
        "IgnoreObservationPeriod": not observed,
    }


def _end(days: int | None, *, open_end: int) -> dict[str, int]:
    if days is None:
        return {"Coeff": open_end}
    return {
        "Days": abs(days),
        "Coeff": 1 if days > 0 or (open_end == 1 and not days) else -1,
    }
