"""What must have happened to a person: events, windows, and their combinations.

Each kind of criterion carries its ``kind`` in the JSON, so that a reader never guesses.
A new kind, or a new field that is ``null`` when left out, keeps old questions valid and
their digests the same.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.cohort.event import EventCriterion
from enclave.cohort.node import Node, Whole
from enclave.cohort.values import Between, Comparison, ValueCondition


__all__ = [
    "AllOf",
    "AnyOf",
    "Between",
    "Comparison",
    "Criterion",
    "EventCriterion",
    "Not",
    "ValueCondition",
    "Within",
]


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
