"""One event of a definition, as a criterion."""

from dataclasses import dataclass
from typing import Any

from enclave.cohort.atlas.concept_sets import ConceptSets, concept_id
from enclave.cohort.atlas.part import Part
from enclave.cohort.atlas.ranges import is_beyond_one, read_dates, read_value
from enclave.cohort.atlas.vocabulary import DOMAINS, SEXES, UNITS, UNSAYABLE, Domain
from enclave.cohort.event import Abnormal, EventCriterion
from enclave.cohort.values import ValueCondition


@dataclass(frozen=True)
class ReadEvent:
    """An event, and what a definition asks of it that no event criterion can ask.

    Attributes
    ----------
    event
        ``None`` where something in it was refused.
    age, sexes, group
        What is asked of the person on that day, and of other events near it.
    """

    part: Part
    event: EventCriterion | None
    age: Part | None
    sexes: list[Part]
    group: Part | None


def read_event(wrapped: Part, sets: ConceptSets) -> ReadEvent | None:
    """Read an event from the object that names its domain."""
    found = list(wrapped.only())
    if len(found) != 1:
        wrapped.report.refuse(wrapped.path, "name one kind of event here")
        return None
    ((name, part),) = found
    if name not in DOMAINS:
        known = ", ".join(DOMAINS)
        part.report.refuse(part.path, f"{name} is not among the events here: {known}")
        return None
    domain = DOMAINS[name]
    codes = sets.codes(part)
    fields: dict[str, Any] = {
        "table": domain.table,
        "codes": codes,
        "pick": "first_ever" if part.flag("First") else None,
        "dates": read_dates(day) if (day := part.part("OccurrenceStartDate")) else None,
        "sources": _kinds_of_record(part, domain),
    }
    if domain.has_values:
        fields |= {"value": _value(part), "abnormal": _abnormal(part)}
    age, sexes = part.part("Age"), part.parts("Gender")
    group = part.part("CorrelatedCriteria")
    part.close(UNSAYABLE)
    event = None
    if codes is not None:
        event = part.report.make(
            part.path, lambda: EventCriterion.model_validate(fields)
        )
    if fields["pick"]:
        part.report.note(
            "First: of several events on the first day ATLAS takes one; a question asks"
            " whether one of them fits."
        )
    return ReadEvent(part, event, age, sexes, group)


def read_sex(sexes: list[Part]) -> str | None:
    """Read the one sex that is asked for."""
    found = [(part, concept_id(part)) for part in sexes]
    for part, number in found:
        if number is not None and number not in SEXES:
            part.report.refuse(part.path, "a question knows 8507 (male), 8532 (female)")
    if len(found) > 1:
        found[1][0].report.refuse(
            found[1][0].path, "a question asks for one sex, or for all persons"
        )
    return SEXES.get(found[0][1] or 0) if found else None


def _kinds_of_record(part: Part, domain: Domain) -> tuple[str, ...] | None:
    numbers = [concept_id(concept) for concept in part.parts(domain.kind_of_record)]
    known = dict.fromkeys(str(number) for number in numbers if number is not None)
    return tuple(known) or None


def _value(part: Part) -> ValueCondition | None:
    asked, unit = part.part("ValueAsNumber"), _unit(part)
    if asked is not None:
        return read_value(asked, unit)
    if unit is not None:
        part.refuse("Unit", "a question asks for a unit only with a value: add one")
    return None


def _unit(part: Part) -> str | None:
    units = part.parts("Unit")
    if not units:
        return None
    number = concept_id(units[0])
    if len(units) > 1:
        part.refuse("Unit", "a question compares a value in one unit: keep one")
    elif number not in UNITS:
        known = ", ".join(f"{key} ({unit})" for key, unit in UNITS.items())
        part.refuse("Unit", f"the units that are known here: {known}")
    part.report.note(
        "Units: ATLAS compares the concept of a unit; a question compares how the"
        " source wrote it."
    )
    return UNITS.get(number or 0)


def _abnormal(part: Part) -> Abnormal | None:
    """Read what says no more than "below, above or outside its own limits"."""
    found: list[Abnormal] = []
    if part.flag("Abnormal"):
        found.append("low_or_high")
        part.report.note(
            "Abnormal: ATLAS also takes results whose concept says low or high; a"
            " question compares numbers with their limits."
        )
    ratios: tuple[tuple[str, str, Abnormal], ...] = (
        ("RangeLowRatio", "<", "low"),
        ("RangeHighRatio", ">", "high"),
    )
    for name, operator, meant in ratios:
        ratio = part.part(name)
        if ratio is None:
            continue
        if is_beyond_one(ratio, operator):
            found.append(meant)
            part.report.note(
                f"{name}: read as beyond the limit, which is the same where the limit"
                " is above 0."
            )
        else:
            part.refuse(name, f"a question can only say {operator} 1: beyond the limit")
    if len(found) > 1:
        part.report.refuse(
            part.path, "a question asks one thing of the limits: keep one"
        )
    return found[0] if found else None
