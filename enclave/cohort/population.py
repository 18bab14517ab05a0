"""Who is asked about, before anything happened to them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.cohort.dates import DateRange
from enclave.cohort.node import Moment, Node, Whole


Age = Annotated[Whole, Field(ge=0, le=130)]


class AgeRange(Node):
    """Age in completed years, both ends included; either end may be open.

    Attributes
    ----------
    at
        ``"index"`` for the day of the index event, or a date.
    """

    minimum: Age | None = None
    maximum: Age | None = None
    at: Moment

    @model_validator(mode="after")
    def _holds_an_age(self) -> "AgeRange":
        if self.minimum is None and self.maximum is None:
            raise ValueError("Give a minimum or a maximum age, or leave the age out.")
        if (
            self.minimum is not None
            and self.maximum is not None
            and self.minimum > self.maximum
        ):
            raise ValueError(
                f"No age is at least {self.minimum} and at most {self.maximum}:"
                " swap the two."
            )
        return self


class Population(Node):
    """The persons a question starts from. Without any field: everybody.

    Attributes
    ----------
    sex
        Persons of this registered sex; ``None`` for all, also those without one.
    born
        Persons born on these days.
    alive_at
        Persons born by then and not dead before then; the day of death counts as alive.
    """

    sex: Literal["female", "male"] | None = None
    age: AgeRange | None = None
    born: DateRange | None = None
    alive_at: Moment | None = None

    @property
    def needs_index(self) -> bool:
        """Whether the day of the index event decides who belongs."""
        return self.alive_at == "index" or (
            self.age is not None and self.age.at == "index"
        )
