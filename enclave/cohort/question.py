"""The cohort question: the one object from the first count to the archived analysis.

A question is a value: frozen, comparable, and written as JSON that reads back to the
same question. An invalid one cannot be made. Its meaning, rule by rule, is
``docs/reference/question.md``.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.canonical import digest
from enclave.cohort.codes import CodeEntry, CodeList
from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Between,
    Comparison,
    Criterion,
    During,
    EventCriterion,
    Not,
    SameContact,
    Sequence,
    ValueCondition,
    Within,
)
from enclave.cohort.dates import DateRange
from enclave.cohort.node import Node, VariableName
from enclave.cohort.population import AgeRange, Observed, Population, YearRange
from enclave.cohort.relations import VariableWindow
from enclave.cohort.traversal import depth, walk


__all__ = [
    "AgeRange",
    "AllOf",
    "AnyOf",
    "Around",
    "AtLeastOf",
    "Between",
    "CodeEntry",
    "CodeList",
    "Comparison",
    "Criterion",
    "DateRange",
    "During",
    "EventCriterion",
    "Node",
    "Not",
    "Observed",
    "Population",
    "Question",
    "SameContact",
    "Sequence",
    "ValueCondition",
    "VariableWindow",
    "Within",
    "YearRange",
]

# A reviewer reads the question as text: beyond this nobody could check it, and no
# query of a bounded size could answer it.
MAXIMUM_DEPTH = 8
MAXIMUM_CRITERIA = 200
MAXIMUM_CODES = 20_000
# Values, lists and objects of a document: as many code entries, and what else there is.
MAXIMUM_PARTS = 6 * MAXIMUM_CODES


class Question(Node):
    """Persons of a population who have an index event and meet every criterion.

    Attributes
    ----------
    index
        The earliest event of this criterion is time zero; persons without one are not
        in the cohort. ``None`` where the question needs no time zero.
    index_observed
        Only events with so many days of observation round them can be the index event.
    index_rule
        ``"first_that_fits"``: the index event is the earliest with which the population
        and the criteria are met. ``None``: it is the earliest, and whoever does not
        meet them with it is not in the cohort.
    criteria
        All of them must be met. Their order is the order of the attrition.
    variables
        What is asked for about each person, written ``table.variable``.
    variable_windows
        For some of them, the days round the index event on which they are asked for.
        They change what counts as available, and no cohort and no delivery.
    """

    schema_version: Literal[1] = 1
    population: Population = Population()
    index: EventCriterion | None = None
    index_observed: Observed | None = None
    index_rule: Literal["first_that_fits"] | None = None
    criteria: Annotated[tuple[Criterion, ...], Field(max_length=50)] = ()
    variables: Annotated[tuple[VariableName, ...], Field(max_length=100)] = ()
    variable_windows: (
        Annotated[tuple[VariableWindow, ...], Field(min_length=1, max_length=100)]
        | None
    ) = None

    @model_validator(mode="before")
    @classmethod
    def _is_of_a_size(cls, document: object) -> object:
        """Refuse what is far too large before each part of it is looked at.

        Of a million wrong parts, each would take time and memory to be told.
        """
        waiting, found = [document], 0
        while waiting:
            part = waiting.pop()
            if isinstance(part, dict):
                waiting += part.values()
            elif isinstance(part, list | tuple):
                waiting += part
            found += 1
            if found + len(waiting) > MAXIMUM_PARTS:
                raise ValueError(
                    "The question has far too many parts: split it, or use prefixes for"
                    " long code lists."
                )
        return document

    @model_validator(mode="after")
    def _has_the_index_it_needs(self) -> "Question":
        if self.index is None:
            if self.population.needs_index:
                raise ValueError(
                    "Age, being alive or observed is asked at the index event, and"
                    " there is none: add an index event, or give a date."
                )
            if self.index_observed or self.index_rule:
                raise ValueError(
                    "This says which event is the index event, and there is none: add"
                    " an index event, or take index_observed and index_rule out."
                )
            within = any(isinstance(node, Within) for _, node in self.walk())
            if within or self.variable_windows:
                raise ValueError(
                    "A window counts days from the index event, and there is none:"
                    " add an index event, or use a date range."
                )
        elif not self.index.is_single:
            raise ValueError(
                "The index event is one event, so it cannot ask for a number of events"
                " or days: ask for them in a criterion of their own."
            )
        if self.index_observed is not None and not self.index_observed.needs_index:
            raise ValueError(
                "An index event is observed on days round it: give days_before and"
                " days_after as index_observed, or put the dates into the population."
            )
        return self

    @model_validator(mode="after")
    def _names_each_variable_once(self) -> "Question":
        twice = {name for name in self.variables if self.variables.count(name) > 1}
        if twice:
            raise ValueError(f"{min(twice)} is asked for twice: keep it once.")
        windowed = [window.variable for window in self.variable_windows or ()]
        for name in windowed:
            if name not in self.variables:
                raise ValueError(f"{name} has a window: ask for the variable too.")
            if windowed.count(name) > 1:
                raise ValueError(f"{name} has two windows: keep one.")
        return self

    @model_validator(mode="after")
    def _can_be_reviewed(self) -> "Question":
        nodes = [node for _, node in self.walk()]
        codes = sum(
            len(node.codes.entries)
            for node in nodes
            if isinstance(node, EventCriterion)
        )
        for name, found, limit in (
            ("levels of nesting", depth(self.criteria), MAXIMUM_DEPTH),
            ("criteria", len(nodes), MAXIMUM_CRITERIA),
            ("code entries", codes, MAXIMUM_CODES),
        ):
            if found > limit:
                raise ValueError(
                    f"The question has {found} {name} and may have {limit}:"
                    " split it, or use prefixes for long code lists."
                )
        return self

    def walk(self) -> Iterator[tuple[str, Criterion]]:
        """Yield every criterion with its path in the JSON, the index event first."""
        if self.index is not None:
            yield "index", self.index
        for number, criterion in enumerate(self.criteria):
            yield from walk(f"criteria[{number}]", criterion)

    @property
    def digest(self) -> str:
        """SHA-256 of the question, in hex; fields that are null do not count."""
        return digest(self.model_dump(mode="json", exclude_none=True))
