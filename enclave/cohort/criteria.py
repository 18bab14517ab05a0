"""What must have happened to a person: events, windows, and their combinations.

Each kind of criterion carries its ``kind`` in the JSON, so that a reader never guesses.
A new kind, or a new field that is ``null`` when left out, keeps old questions valid and
their digests the same.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.cohort.event import EventCriterion
from enclave.cohort.node import Node, Whole
from enclave.cohort.relations import Around, During, SameContact, Sequence, Within
from enclave.cohort.values import Between, Comparison, ValueCondition


__all__ = [
    "AllOf",
    "AnyOf",
    "Around",
    "AtLeastOf",
    "Between",
    "Comparison",
    "Criterion",
    "During",
    "EventCriterion",
    "Not",
    "SameContact",
    "Sequence",
    "ValueCondition",
    "Within",
]


class AllOf(Node):
    """Persons who meet every one of the criteria."""

    kind: Literal["all_of"] = "all_of"
    criteria: Annotated[tuple["Criterion", ...], Field(min_length=1, max_length=50)]


class AnyOf(Node):
    """Persons who meet at least one of the criteria."""

    kind: Literal["any_of"] = "any_of"
    criteria: Annotated[tuple["Criterion", ...], Field(min_length=1, max_length=50)]


class AtLeastOf(Node):
    """Persons who meet at least ``number`` of the criteria."""

    kind: Literal["at_least_of"] = "at_least_of"
    number: Annotated[Whole, Field(ge=1)]
    criteria: Annotated[tuple["Criterion", ...], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _can_be_met(self) -> "AtLeastOf":
        if self.number > len(self.criteria):
            raise ValueError(
                f"Nobody meets {self.number} of {len(self.criteria)} criteria: give a"
                " smaller number."
            )
        return self


class Not(Node):
    """Persons who do not meet the criterion, also those about whom nothing is known."""

    kind: Literal["not"] = "not"
    criterion: "Criterion"


Criterion = Annotated[
    EventCriterion
    | Within
    | Around
    | During
    | SameContact
    | Sequence
    | AllOf
    | AnyOf
    | AtLeastOf
    | Not,
    Field(discriminator="kind"),
]

AllOf.model_rebuild()
AnyOf.model_rebuild()
AtLeastOf.model_rebuild()
Not.model_rebuild()
