"""A question taken apart, once for all times that it is asked.

To see which parts a question has, whether the index knows them, and under which name
each is kept, took twice as long as to combine the sets of those who have some codes.
"""

from collections.abc import Iterable, Iterator
from sys import getsizeof
from typing import NamedTuple

from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Criterion,
    During,
    EventCriterion,
    Not,
    Sequence,
    Within,
)
from enclave.cohort.population import Population
from enclave.cohort.question import Question


_ANYBODY = Population()
# What says nothing about which events with the codes are meant. Whoever has an event
# has a first one.
_WHATEVER = {
    name: field.default
    for name, field in EventCriterion.model_fields.items()
    if name not in {"kind", "codes", "table", "pick"}
}


class Part(NamedTuple):
    """A criterion of a question.

    Attributes
    ----------
    key
        What it asks, as a text: whoever asks the same gets what was found before.
    parts
        The criteria that it combines.
    is_plain
        Whether having any event with some codes is all it asks.
    """

    criterion: Criterion
    key: str
    parts: tuple["Part", ...]
    is_plain: bool


class Plan(NamedTuple):
    """A question.

    Attributes
    ----------
    population
        ``None`` if everybody belongs to it.
    whose
        As a text, from which event days are counted and who belongs to the population.
    needed
        Events with some codes that everybody of the cohort has.
    needed_key
        The same as a text.
    """

    population: Population | None
    index_event: Part | None
    criteria: tuple[Part, ...]
    whose: str
    needed: tuple[Part, ...]
    needed_key: str


# Bytes, measured: of a code in a list, and of a part with one short code beside it.
_CODE, _PART = 500, 1536


def size_of(plan: Plan | None) -> int:
    """Return about how many bytes a plan takes, rather too many than too few.

    The codes are those of the plan: a question that asks for all codes below another
    is short, and its plan names each of them.
    """
    if plan is None:
        return _PART
    asked = [*([plan.index_event] if plan.index_event else []), *plan.criteria]
    parts = [*_all_parts((*asked, *plan.needed))]
    codes = sum(part.key.count('"match":') for part in asked)
    texts = (plan.whose, plan.needed_key, *(part.key for part in parts))
    # Once as the keys, and once more as what the criteria hold.
    return _CODE * codes + _PART * (1 + len(parts)) + 2 * sum(map(getsizeof, texts))


def _all_parts(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        yield part
        yield from _all_parts(part.parts)


def planned(question: Question) -> Plan:
    """Take a question apart of which the index knows every part."""
    population = None if question.population == _ANYBODY else question.population
    index = _part(question.index, "") if question.index else None
    whose = index.key if index else ""
    if population:
        whose += _text(population)
    criteria = tuple(_part(each, whose) for each in question.criteria)
    needed = tuple(map(_codes_of, _needed(question.criteria))) if index else ()
    key = " ".join(each.key for each in needed)
    return Plan(population, index, criteria, whose, needed, key)


def _codes_of(criterion: EventCriterion) -> Part:
    return _part(EventCriterion(codes=criterion.codes, table=criterion.table), "")


def _needed(criteria: Iterable[Criterion]) -> Iterator[EventCriterion]:
    """Yield events that whoever meets all criteria has, whatever else is asked."""
    for each in criteria:
        match each:
            case EventCriterion():
                yield each
            case Within(criterion=inside):
                yield inside
            case (
                Around(anchor=anchor, criterion=near)
                | During(anchor=anchor, criterion=near)
            ):
                yield from (anchor, near)
            case Sequence(steps=steps):
                yield from steps
            case AllOf(criteria=parts):
                yield from _needed(parts)


def _part(criterion: Criterion, whose: str) -> Part:
    parts: tuple[Criterion, ...] = ()
    match criterion:
        case AnyOf() | AllOf() | AtLeastOf():
            parts = criterion.criteria
        case Not():
            parts = (criterion.criterion,)
    key = _text(criterion)
    if isinstance(criterion, Within):
        # It is kept for those alone who have this index event.
        key = f"{whose} {key}"
    taken = tuple(_part(each, whose) for each in parts)
    return Part(criterion, key, taken, is_plain(criterion))


def is_plain(criterion: Criterion) -> bool:
    """Say whether having any event with some codes is enough."""
    return isinstance(criterion, EventCriterion) and all(
        getattr(criterion, name) == default for name, default in _WHATEVER.items()
    )


def _text(part: Criterion | Population) -> str:
    return part.model_dump_json(exclude_none=True)
