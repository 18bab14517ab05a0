"""Which parts of a question the open tier knows. What is not here is refused.

The question learns to say more than the open tier may hear. The grammar is closed: a
new kind of criterion or a new field is refused until somebody has thought about what it
gives away, and has written it here.
"""

from collections.abc import Iterator

from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Node,
    Not,
    Population,
    Question,
    VariableWindow,
    Within,
)


KNOWN: dict[type[Node], frozenset[str]] = {
    Question: frozenset(
        {
            "schema_version",
            "population",
            "index",
            "criteria",
            "variables",
            "variable_windows",
        }
    ),
    Population: frozenset({"sex", "age", "born", "alive_at"}),
    AgeRange: frozenset({"minimum", "maximum", "at"}),
    DateRange: frozenset({"start", "end"}),
    EventCriterion: frozenset({"kind", "codes", "table", "value", "dates", "at_least"}),
    CodeList: frozenset({"system", "entries", "name", "version", "digest"}),
    CodeEntry: frozenset({"code", "match", "exclude"}),
    Comparison: frozenset({"operator", "threshold", "unit"}),
    Between: frozenset({"operator", "lower", "upper", "unit"}),
    VariableWindow: frozenset({"variable", "from_days", "to_days"}),
    Within: frozenset({"kind", "criterion", "from_days", "to_days"}),
    AllOf: frozenset({"kind", "criteria"}),
    AnyOf: frozenset({"kind", "criteria"}),
    Not: frozenset({"kind", "criterion"}),
}


def unknown_parts(question: Question) -> Iterator[str]:
    """Say what in a question the open tier does not know, each with its path."""
    yield from _unknown("", question)


def _unknown(path: str, part: object) -> Iterator[str]:
    if isinstance(part, tuple):
        for number, each in enumerate(part):
            yield from _unknown(f"{path}[{number}]", each)
    elif isinstance(part, Node) and type(part) not in KNOWN:
        yield _refusal(path)
    elif isinstance(part, Node):
        for name, each in part:
            place = f"{path}.{name}".removeprefix(".")
            if name in KNOWN[type(part)]:
                yield from _unknown(place, each)
            # A new field that was left out says nothing.
            elif each is not None:
                yield _refusal(place)


def _refusal(path: str) -> str:
    return f"{path}: the open tier does not answer this; leave it out"
