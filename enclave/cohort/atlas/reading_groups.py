"""Groups of criteria that are asked round an event."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from enclave.cohort.atlas.concept_sets import ConceptSets
from enclave.cohort.atlas.part import Part
from enclave.cohort.atlas.reading_events import read_event
from enclave.cohort.criteria import AllOf, AnyOf, AtLeastOf, Criterion, Not
from enclave.cohort.event import EventCriterion
from enclave.cohort.relations import Around, SameContact, Within


_DUPLICATES = (
    "Numbers of events: ATLAS counts every row; a question counts the same event that"
    " was delivered twice once."
)


class _Times(NamedTuple):
    """How often an event must be there: at least, at most, or exactly."""

    kind: int
    number: int
    on_days: bool


class _Place(NamedTuple):
    """Where an event must lie to the one it is asked round."""

    from_days: int | None
    to_days: int | None
    same_contact: bool
    in_observation: bool


@dataclass
class GroupReader:
    """Reads groups, and gathers what they ask of the person on the index day."""

    sets: ConceptSets
    demographics: list[Part] = field(default_factory=list)

    def members(self, group: Part) -> list[Criterion]:
        """Read a group of which all must be met, or any other as one criterion."""
        if (group.text("Type") or "").upper() != "ALL":
            made = self._group(group)
            return [made] if made else []
        self.demographics += group.parts("DemographicCriteriaList")
        return self._parts(group)

    def _group(self, group: Part) -> Criterion | None:
        for part in group.parts("DemographicCriteriaList"):
            part.report.refuse(
                part.path,
                "a question asks for age and sex of everybody: put this into a rule of"
                " its own, of type ALL",
            )
        written, count = (group.text("Type") or "").upper(), group.whole("Count")
        parts = self._parts(group)
        if not parts:
            group.report.refuse(group.path, "this group says nothing: take it out")
            return None
        return group.report.make(
            group.path, lambda: self._combined(group, written, parts, count)
        )

    def _parts(self, group: Part) -> list[Criterion]:
        found = [self._correlated(part) for part in group.parts("CriteriaList")]
        found += [self._group(part) for part in group.parts("Groups")]
        group.take("Count")
        group.take("Type")
        group.close()
        return [criterion for criterion in found if criterion is not None]

    def _combined(
        self, group: Part, written: str, parts: list[Criterion], count: int | None
    ) -> Criterion | None:
        together = tuple(parts)
        match written:
            case "ALL":
                return AllOf(criteria=together)
            case "ANY":
                return AnyOf(criteria=together)
            case "AT_LEAST" if count is not None:
                return AtLeastOf(number=count, criteria=together)
            case "AT_MOST" if count == 0:
                return Not(criterion=AnyOf(criteria=together))
            case "AT_MOST" if count is not None:
                more = AtLeastOf(number=count + 1, criteria=together)
                return Not(criterion=more)
        group.refuse("Type", "write ALL, ANY, AT_LEAST or AT_MOST, the last with Count")
        return None

    def _correlated(
        self, part: Part, anchor: EventCriterion | None = None
    ) -> Criterion | None:
        criteria, times, place = part.part("Criteria"), _times(part), _place(part)
        part.close({"EndWindow": "a question asks for the day on which an event began"})
        found = read_event(criteria, self.sets) if criteria else None
        if found is None or found.event is None or times is None or place is None:
            return None
        for asked in (found.age, *found.sexes):
            if asked is not None:
                asked.report.refuse(
                    asked.path, "a question asks for age and sex with the index event"
                )
        event = found.event
        if found.group is not None:
            return self._with_others(event, found.group, times, place)
        return part.report.make(
            part.path, lambda: _as_often(part, event, times, place, anchor)
        )

    def _with_others(
        self,
        event: EventCriterion,
        group: Part,
        times: _Times,
        place: _Place,
    ) -> Criterion | None:
        """Read an event of which another event near it is asked."""
        anywhere = place == _Place(None, None, same_contact=False, in_observation=False)
        inner = group.parts("CriteriaList")
        kind = (group.text("Type") or "").upper()
        group.take("Count")
        alone = kind in {"ALL", "ANY"} and len(inner) == 1
        for name in ("DemographicCriteriaList", "Groups"):
            alone = alone and not group.parts(name)
        group.close()
        ever = times in {_Times(2, 1, on_days=False), _Times(0, 0, on_days=False)}
        if not (anywhere and alone and ever):
            group.report.refuse(
                group.path,
                "a question asks one event round another, whenever that was: leave one"
                " criterion in this group, and open the window of the event outside"
                " (all days before and after, observation ignored, at least 1 or"
                " exactly 0)",
            )
            return None
        near = self._correlated(inner[0], event)
        if near is None:
            return None
        if not isinstance(near, Around | SameContact):
            inner[0].report.refuse(
                inner[0].path,
                "round another event a question asks for at least so many: ask the"
                " opposite in a group outside",
            )
            return None
        return near if times.kind == 2 else Not(criterion=near)


def _times(part: Part) -> _Times | None:
    found = part.part("Occurrence")
    if found is None:
        part.refuse("Occurrence", "the number of events is missing: add it")
        return None
    kind, number = found.whole("Type"), found.whole("Count")
    distinct, column = found.flag("IsDistinct"), found.text("CountColumn")
    found.close()
    if kind not in {0, 1, 2} or number is None or number < 0:
        found.refuse(
            "Type", "write 0 (exactly), 1 (at most) or 2 (at least), and Count"
        )
        return None
    if (kind, number) == (2, 0):
        found.refuse("Count", "at least 0 says nothing: take the criterion out")
        return None
    largest = number if kind == 2 else number + 1
    if distinct and column != "START_DATE" and largest > 1:
        found.refuse(
            "IsDistinct", "a question counts different events, or different days"
        )
        return None
    if largest > 1 and not distinct:
        part.report.note(_DUPLICATES)
    return _Times(kind, number, on_days=distinct and column == "START_DATE")


def _place(part: Part) -> _Place | None:
    contact = part.flag("RestrictVisit")
    ignored = part.flag("IgnoreObservationPeriod")
    window = part.part("StartWindow")
    if window is None:
        part.refuse("StartWindow", "the window is missing: add it")
        return None
    ends = [_end(window, name) for name in ("Start", "End")]
    window.close(
        {
            "UseIndexEnd": "a question counts from the first day of the index event",
            "UseEventEnd": "a question asks for the day on which an event began",
        }
    )
    return _Place(ends[0], ends[1], contact, in_observation=not ignored)


def _end(window: Part, name: str) -> int | None:
    end = window.part(name)
    if end is None:
        window.refuse(name, "this end of the window is missing: add it")
        return None
    days, sign = end.whole("Days"), end.whole("Coeff")
    unit, value = end.text("TimeUnit"), end.whole("TimeUnitValue")
    end.close()
    if unit not in {None, "day"}:
        end.refuse("TimeUnit", "a question counts days")
    if sign not in {-1, 1}:
        end.refuse("Coeff", "write -1 (before) or 1 (after)")
        return None
    days = value if days is None else days
    if days is None:
        if (name == "Start") != (sign == -1):
            end.refuse(
                "Coeff", "all days before open the start, all days after the end"
            )
        return None
    return days * sign


def _as_often(
    part: Part,
    event: EventCriterion,
    times: _Times,
    place: _Place,
    anchor: EventCriterion | None,
) -> Criterion | None:
    def least(number: int) -> Criterion | None:
        field = "at_least_days" if times.on_days and number > 1 else "at_least"
        fields = {**event.model_dump(), field: number}
        return _near(part, EventCriterion.model_validate(fields), place, anchor)

    lower = least(times.number) if times.number and times.kind != 1 else None
    upper = least(times.number + 1) if times.kind != 2 else None
    if times.kind == 2 or upper is None:
        return lower
    fewer = Not(criterion=upper)
    return AllOf(criteria=(lower, fewer)) if lower else fewer


def _near(
    part: Part, event: EventCriterion, place: _Place, anchor: EventCriterion | None
) -> Criterion | None:
    ends: dict[str, Any] = {"from_days": place.from_days, "to_days": place.to_days}
    anywhere = (place.from_days, place.to_days) == (None, None)
    if anchor is None and place.same_contact:
        part.refuse(
            "RestrictVisit",
            "a question asks for the contact of any event of a kind, not for that of"
            " the index event",
        )
    elif anchor is None:
        if anywhere and not place.in_observation:
            return event
        ends["observed"] = place.in_observation or None
        return Within(criterion=event, **ends)
    elif place.in_observation:
        part.refuse(
            "IgnoreObservationPeriod",
            "round another event a question does not ask for observation: set it",
        )
    elif place.same_contact and anywhere:
        return SameContact(criterion=event, anchor=anchor)
    elif place.same_contact or anywhere:
        part.refuse(
            "StartWindow", "a question asks for days round another event or its contact"
        )
    else:
        return Around(criterion=event, anchor=anchor, **ends)
    return None
