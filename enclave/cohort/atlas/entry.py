"""Who enters a cohort: the initial events, the rules, and which event is time zero."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from enclave.cohort.atlas.concept_sets import ConceptSets
from enclave.cohort.atlas.part import Part
from enclave.cohort.atlas.ranges import read_age, read_dates
from enclave.cohort.atlas.reading_events import ReadEvent, read_event, read_sex
from enclave.cohort.atlas.reading_groups import GroupReader
from enclave.cohort.codes import CodeList
from enclave.cohort.criteria import Criterion
from enclave.cohort.event import EventCriterion
from enclave.cohort.population import AgeRange


class _Stage(NamedTuple):
    """A step of ATLAS: what must be met, and which of the events go on then."""

    limit: str
    path: str
    is_asked: bool


@dataclass
class Entry:
    """The fields of a question, gathered."""

    criteria: list[Criterion] = field(default_factory=list)
    ages: list[Part] = field(default_factory=list)
    sexes: list[list[Part]] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)


def read_entry(definition: Part, sets: ConceptSets) -> Entry | None:
    """Read who enters the cohort."""
    primary = definition.part("PrimaryCriteria")
    if primary is None:
        return None
    events = [read_event(part, sets) for part in primary.parts("CriteriaList")]
    limits = [_limit(primary, "PrimaryCriteriaLimit")]
    observed = _observed(primary)
    primary.close()
    index = _index(primary, events)
    entry, reader, asked = Entry(), GroupReader(sets), []
    asked.append(_round_initial_event(events, reader, entry))
    limits.append(_limit(definition, "QualifiedLimit"))
    additional = definition.part("AdditionalCriteria")
    if additional is None:
        # ATLAS looks at this limit only where there are additional criteria.
        limits[1] = ("All", limits[1][1])
    asked.append(_group(additional, reader, entry))
    limits.append(_limit(definition, "ExpressionLimit"))
    rules = [_rule(part, reader, entry) for part in definition.parts("InclusionRules")]
    asked.append(any(rules))
    stages = [
        _Stage(kind, path, is_asked)
        for (kind, path), is_asked in zip(limits, asked, strict=True)
    ]
    if index is None:
        return None
    choice = _choice(stages, index, definition)
    population, dates = _demographics(reader.demographics, entry)
    _set_dates(choice, dates)
    entry.fields |= {
        **choice,
        "index_observed": observed,
        "population": population,
        "criteria": tuple(entry.criteria),
    }
    return entry


def _index(primary: Part, found: Sequence[ReadEvent | None]) -> EventCriterion | None:
    """Return the one kind of event that the initial events are of."""
    events = [each.event for each in found if each is not None]
    if not found:
        primary.refuse("CriteriaList", "name the event that persons enter with")
        return None
    if any(event is None for event in events) or len(events) < len(found):
        return None
    first, *others = [event for event in events if event is not None]
    if not others:
        return first
    alike = all(
        other.model_copy(update={"codes": first.codes}) == first for other in others
    )
    lists = [event.codes for event in (first, *others)]
    plain = not any(entry.exclude for codes in lists for entry in codes.entries)
    if not alike or not plain or first.pick is not None:
        primary.refuse(
            "CriteriaList",
            "a question has one kind of index event: initial events of one domain that"
            " differ in their concept sets alone, without excluded concepts and without"
            " First",
        )
        return None
    entries = dict.fromkeys(entry for codes in lists for entry in codes.entries)
    codes = CodeList(system=first.codes.system, entries=tuple(entries))
    return first.model_copy(update={"codes": codes})


def _round_initial_event(
    events: Sequence[ReadEvent | None], reader: GroupReader, entry: Entry
) -> bool:
    """Read what is asked of the initial event beside codes, values and dates."""
    read = [found for found in events if found is not None]
    if len(events) != 1:
        for found in read:
            for part in filter(None, (found.age, found.group, *found.sexes)):
                part.report.refuse(
                    part.path, "with several initial events a question cannot ask this"
                )
        return False
    asked = False
    for found in read:
        asked = _group(found.group, reader, entry) or found.age is not None
        entry.ages += [found.age] if found.age is not None else []
        entry.sexes += [found.sexes] if found.sexes else []
    return asked


def _group(group: Part | None, reader: GroupReader, entry: Entry) -> bool:
    if group is None:
        return False
    before = len(reader.demographics)
    found = reader.members(group)
    entry.criteria += found
    return bool(found) or len(reader.demographics) > before


def _rule(rule: Part, reader: GroupReader, entry: Entry) -> bool:
    if any((rule.text("name"), rule.text("description"))):
        rule.report.note("Names of inclusion rules are not kept: a question has none.")
    asked = _group(rule.part("expression"), reader, entry)
    rule.close()
    if not asked:
        rule.report.note(f"{rule.path}: the rule says nothing, and is left out.")
    return asked


def _observed(primary: Part) -> dict[str, int]:
    window = primary.part("ObservationWindow")
    if window is None:
        return {"days_before": 0, "days_after": 0}
    before, after = window.whole("PriorDays"), window.whole("PostDays")
    window.close()
    return {"days_before": before or 0, "days_after": after or 0}


def _limit(part: Part, name: str) -> tuple[str, str]:
    found = part.part(name)
    kind = (found.text("Type") if found else None) or "First"
    if found is not None:
        found.close()
        if kind.title() not in {"First", "Last", "All"}:
            found.refuse("Type", "write First, Last or All")
    return kind.title(), part.place(name)


def _choice(
    stages: Sequence[_Stage], index: EventCriterion, definition: Part
) -> dict[str, Any]:
    """Say which of the events is the index event, as ATLAS chooses it."""
    chosen: dict[str, Any] = {"index": index}
    if index.pick is not None:
        return chosen
    before = False
    for number, stage in enumerate(stages):
        before |= stage.is_asked
        after = any(later.is_asked for later in stages[number + 1 :])
        if stage.limit == "Last":
            return _last(chosen, index, stage, definition, before=before)
        if stage.limit == "First":
            if before and after:
                definition.report.refuse(
                    stage.path,
                    "a question chooses the index event before all of its criteria or"
                    " after all: set the limits before this one to First, or this one"
                    " to All",
                )
            return chosen | ({"index_rule": "first_that_fits"} if before else {})
    definition.report.note(
        "Limits: ATLAS keeps every such event of a person; here a person is in the"
        " cohort once, from the earliest."
    )
    return chosen | ({"index_rule": "first_that_fits"} if before else {})


def _last(
    chosen: dict[str, Any],
    index: EventCriterion,
    stage: _Stage,
    definition: Part,
    *,
    before: bool,
) -> dict[str, Any]:
    if before or index.value is not None or index.abnormal is not None:
        definition.report.refuse(
            stage.path,
            "a question takes the last event with these codes, before its value and the"
            " criteria are asked for",
        )
    return chosen | {"index": index.model_copy(update={"pick": "last"})}


def _demographics(
    found: Sequence[Part], entry: Entry
) -> tuple[dict[str, Any], list[Part]]:
    """Gather age and sex from rules and initial event; dates are left for the index."""
    ages = [read_age(part) for part in entry.ages]
    sexes = [(each[0], read_sex(each)) for each in entry.sexes]
    dates = []
    for part in found:
        if (age := part.part("Age")) is not None:
            ages.append(read_age(age))
        if asked := part.parts("Gender"):
            sexes.append((asked[0], read_sex(asked)))
        if (day := part.part("OccurrenceStartDate")) is not None:
            dates.append(day)
        part.close(
            {
                "Race": "a question does not ask for race",
                "RaceCS": "a question does not ask for race",
                "Ethnicity": "a question does not ask for ethnicity",
                "EthnicityCS": "a question does not ask for ethnicity",
                "GenderCS": "list the concept: a question takes no concept set here",
                "OccurrenceEndDate": "a question asks for the first day of an event",
            }
        )
    for part, sex in sexes[1:]:
        if sex != sexes[0][1]:
            part.report.refuse(part.path, "another rule asks for the other sex")
    known = [age for age in ages if age is not None]
    sex = sexes[0][1] if sexes else None
    return {"sex": sex, "age": _all_of(known)}, dates


def _all_of(ages: Sequence[AgeRange]) -> dict[str, Any] | None:
    """Return the ages that lie in every range."""
    if not ages:
        return None
    lowest = [age.minimum for age in ages if age.minimum is not None]
    highest = [age.maximum for age in ages if age.maximum is not None]
    return {
        "minimum": max(lowest, default=None),
        "maximum": min(highest, default=None),
        "at": "index",
    }


def _set_dates(choice: dict[str, Any], dates: Sequence[Part]) -> None:
    """Put the days of the index event into its criterion, where they mean the same."""
    index = choice["index"]
    after_choice = index.pick == "first_ever" or choice.get("index_rule")
    for number, part in enumerate(dates):
        days = read_dates(part)
        if number or index.dates is not None or not after_choice:
            part.report.refuse(
                part.path,
                "a question asks for the days of the index event once, and before it is"
                " chosen: put them into the initial event",
            )
        elif days is not None:
            choice["index"] = index.model_copy(update={"dates": days})
