"""What must have happened to a person: events, windows, and their combinations.

Each kind of criterion carries its ``kind`` in the JSON, so that a reader never guesses.
A new kind, or a new field that is ``null`` when left out, keeps old questions valid and
their digests the same.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.cohort.codes import CodeList
from enclave.cohort.dates import DateRange
from enclave.cohort.node import Node, Number, TableName, Text, Whole


class Comparison(Node):
    """A measured value against one threshold. ``unit`` is compared as text."""

    operator: Literal["<", "<=", ">", ">=", "="]
    threshold: Number
    unit: Text | None = None


class Between(Node):
    """A measured value from ``lower`` to ``upper``, both included."""

    operator: Literal["between"] = "between"
    lower: Number
    upper: Number
    unit: Text | None = None

    @model_validator(mode="after")
    def _holds_a_value(self) -> "Between":
        if self.lower > self.upper:
            raise ValueError(
                f"No value lies between {self.lower:g} and {self.upper:g}:"
                " swap the two."
            )
        return self


ValueCondition = Annotated[Comparison | Between, Field(discriminator="operator")]


class EventCriterion(Node):
    """At least so many events with these codes, in this table, value and period.

    Attributes
    ----------
    table
        Event table of the catalogue; ``None`` for every table.
    dates
        Days on which the event began.
    at_least
        How many different events; two that agree in code, date, value and unit are
        one event that was delivered twice.
    """

    kind: Literal["event"] = "event"
    codes: CodeList
    table: TableName | None = None
    value: ValueCondition | None = None
    dates: DateRange | None = None
    at_least: Annotated[Whole, Field(ge=1, le=1000)] = 1

    @model_validator(mode="after")
    def _says_whose_codes(self) -> "EventCriterion":
        if self.codes.system is None and self.table is None:
            raise ValueError(
                "The same code means different things in different code systems:"
                " name the code system of the list, or the table of the events."
            )
        return self


Days = Annotated[Whole, Field(ge=-36_525, le=36_525)]


class Within(Node):
    """Events from ``from_days`` to ``to_days`` after the index event, both included.

    Day 0 is the day of the index event, negative days lie before it. ``None`` leaves
    that end open.
    """

    kind: Literal["within"] = "within"
    criterion: EventCriterion
    from_days: Days | None
    to_days: Days | None

    @model_validator(mode="after")
    def _holds_a_day(self) -> "Within":
        if self.from_days is None and self.to_days is None:
            raise ValueError(
                "The window is open at both ends: give one of them, or use the"
                " criterion without a window."
            )
        if (
            self.from_days is not None
            and self.to_days is not None
            and self.from_days > self.to_days
        ):
            raise ValueError(
                f"The window ends (day {self.to_days}) before it starts"
                f" (day {self.from_days}): swap the two."
            )
        return self


class AllOf(Node):
    """Persons who meet every one of the criteria."""

    kind: Literal["all_of"] = "all_of"
    criteria: Annotated[tuple["Criterion", ...], Field(min_length=1, max_length=50)]


class AnyOf(Node):
    """Persons who meet at least one of the criteria."""

    kind: Literal["any_of"] = "any_of"
    criteria: Annotated[tuple["Criterion", ...], Field(min_length=1, max_length=50)]


class Not(Node):
    """Persons who do not meet the criterion, also those about whom nothing is known."""

    kind: Literal["not"] = "not"
    criterion: "Criterion"


Criterion = Annotated[
    EventCriterion | Within | AllOf | AnyOf | Not, Field(discriminator="kind")
]

AllOf.model_rebuild()
AnyOf.model_rebuild()
Not.model_rebuild()
