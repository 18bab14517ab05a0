"""Which questions the index can answer: those of which it knows every field.

A question grows new kinds of criteria and new fields. One that the index does not know
is answered by the engine, as a whole: slower, and never wrong.
"""

from enclave.cohort.codes import CodeEntry, CodeList
from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Between,
    Comparison,
    During,
    EventCriterion,
    Not,
    Sequence,
    Within,
)
from enclave.cohort.dates import DateRange
from enclave.cohort.node import Node
from enclave.cohort.population import AgeRange, Population, YearRange
from enclave.cohort.question import Question


_KNOWN: dict[type[Node], set[str]] = {
    Question: {"schema_version", "population", "index", "criteria", "variables"},
    Population: {"sex", "age", "born", "alive_at", "birth_year"},
    YearRange: {"minimum", "maximum"},
    AgeRange: {"minimum", "maximum", "at"},
    DateRange: {"start", "end"},
    EventCriterion: {
        "kind",
        "codes",
        "table",
        "value",
        "dates",
        "at_least",
        "at_least_days",
        "sources",
        "abnormal",
        "pick",
    },
    Within: {"kind", "criterion", "from_days", "to_days"},
    Around: {"kind", "criterion", "anchor", "from_days", "to_days"},
    During: {"kind", "criterion", "anchor"},
    Sequence: {"kind", "steps", "from_days", "to_days"},
    AtLeastOf: {"kind", "number", "criteria"},
    AllOf: {"kind", "criteria"},
    AnyOf: {"kind", "criteria"},
    Not: {"kind", "criterion"},
    CodeList: {"system", "entries", "name", "version", "digest"},
    CodeEntry: {"code", "match", "exclude"},
    Comparison: {"operator", "threshold", "unit", "convert"},
    Between: {"operator", "lower", "upper", "unit", "convert"},
}


# By kind of node: the fields to look into, and those that must be as if not given.
_FIELDS = {
    kind: (
        tuple(name for name in kind.model_fields if name in known),
        tuple(
            (name, field.default)
            for name, field in kind.model_fields.items()
            if name not in known
        ),
    )
    for kind, known in _KNOWN.items()
}


# Every question comes here: only what may hold a node is looked into.
_PARTS = (tuple, Node)


def knows(part: object) -> bool:
    """Say whether the index knows a question, or a part of one, with all its fields."""
    if isinstance(part, tuple):
        return all(map(knows, part))
    if not isinstance(part, Node):
        return True
    if type(part) not in _FIELDS or _is_left_out(part):
        return False
    known, others = _FIELDS[type(part)]
    fields = part.__dict__
    if others and any(fields[name] != default for name, default in others):
        return False
    parts = [each for each in map(fields.get, known) if isinstance(each, _PARTS)]
    return all(map(knows, parts))


def _is_left_out(part: Node) -> bool:
    """Say whether a node of a known kind asks for what the index does not know."""
    if isinstance(part, CodeEntry):
        return part.match == "descendants"
    return isinstance(part, Around | During) and not _is_found_alone(part.criterion)


def _is_found_alone(criterion: EventCriterion) -> bool:
    """Say whether an event is meant whatever else lies near the same anchor."""
    return criterion.is_single and criterion.pick not in {"first", "last"}
