"""How an event lies to another event in time."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from enclave.cohort.event import EventCriterion
from enclave.cohort.node import Node, VariableName, Whole


def _one(event: EventCriterion) -> EventCriterion:
    if not event.is_single:
        raise ValueError(
            "The other event is one event: take the number of events or days out of it."
        )
    return event


OneEvent = Annotated[EventCriterion, AfterValidator(_one)]
Days = Annotated[Whole, Field(ge=-36_525, le=36_525)]


class Window(Node):
    """Days after an event, both ends included; ``None`` leaves that end open."""

    from_days: Days | None = None
    to_days: Days | None = None

    @model_validator(mode="after")
    def _holds_a_day(self) -> "Window":
        if self.from_days is None and self.to_days is None and not self.bounded:
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

    @property
    def bounded(self) -> bool:
        """Whether something else than days bounds the window."""
        return False


class Within(Window):
    """Events from ``from_days`` to ``to_days`` after the index event, both included.

    Day 0 is the day of the index event, negative days lie before it. ``None`` leaves
    that end open.

    Attributes
    ----------
    observed
        True for events in a period of observation in which the index event lies too.
    """

    kind: Literal["within"] = "within"
    criterion: EventCriterion
    observed: Literal[True] | None = None

    @property
    def bounded(self) -> bool:
        """Whether the period of observation bounds the window."""
        return self.observed is True


class Around(Window):
    """Events from ``from_days`` to ``to_days`` after one and the same other event.

    Attributes
    ----------
    anchor
        The other event; each that a person had is tried. Negative days lie before it.
    """

    kind: Literal["around"] = "around"
    criterion: EventCriterion
    anchor: OneEvent


class During(Node):
    """Events that began on a day from the first to the last day of another event.

    Attributes
    ----------
    anchor
        The other event; each that a person had is tried. One without a last day lasts
        for its first day.
    """

    kind: Literal["during"] = "during"
    criterion: EventCriterion
    anchor: OneEvent


class SameContact(Node):
    """Events in one and the same hospital contact as another event.

    Attributes
    ----------
    anchor
        The other event; each that a person had is tried. One that belongs to no
        contact is in none.
    """

    kind: Literal["same_contact"] = "same_contact"
    criterion: EventCriterion
    anchor: OneEvent


class Sequence(Node):
    """Events in this order, each so many days after the one before.

    Attributes
    ----------
    from_days, to_days
        Fewest and most days from one event to the next, both included; 0 is the same
        day, and ``None`` sets no end.
    """

    kind: Literal["sequence"] = "sequence"
    steps: Annotated[tuple[OneEvent, ...], Field(min_length=2, max_length=10)]
    from_days: Annotated[Whole, Field(ge=0, le=36_525)]
    to_days: Annotated[Whole, Field(ge=0, le=36_525)] | None = None

    @model_validator(mode="after")
    def _holds_a_day(self) -> "Sequence":
        if self.to_days is not None and self.from_days > self.to_days:
            raise ValueError(
                f"At least {self.from_days} and at most {self.to_days} days cannot be:"
                " swap the two."
            )
        return self


class VariableWindow(Window):
    """Days after the index event on which a variable is asked for."""

    variable: VariableName
