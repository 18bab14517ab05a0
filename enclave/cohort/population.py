"""Who is asked about, before anything happened to them."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.cohort.dates import DateRange
from enclave.cohort.node import Day, Moment, Node, Whole


Age = Annotated[Whole, Field(ge=0, le=130)]
Year = Annotated[Whole, Field(ge=1800, le=2200)]
NumberOfDays = Annotated[Whole, Field(ge=0, le=36_525)]


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


class YearRange(Node):
    """Calendar years, both ends included; either end may be open."""

    minimum: Year | None = None
    maximum: Year | None = None

    @model_validator(mode="after")
    def _holds_a_year(self) -> "YearRange":
        if self.minimum is None and self.maximum is None:
            raise ValueError("Give a first or a last year, or leave the years out.")
        if (
            self.minimum is not None
            and self.maximum is not None
            and self.minimum > self.maximum
        ):
            raise ValueError(
                f"The years end ({self.maximum}) before they start ({self.minimum}):"
                " swap the two."
            )
        return self


class Observed(Node):
    """Days on all of which a person was under observation, both ends included.

    Attributes
    ----------
    from_date, to_date
        The first and the last of these days.
    days_before, days_after
        Or so many days before and after the index event; ``None`` is the day itself.
    """

    from_date: Day | None = None
    to_date: Day | None = None
    days_before: NumberOfDays | None = None
    days_after: NumberOfDays | None = None

    @model_validator(mode="after")
    def _says_which_days(self) -> "Observed":
        dates, days = (
            (self.from_date, self.to_date),
            (self.days_before, self.days_after),
        )
        by_dates = None not in dates and days == (None, None)
        by_days = dates == (None, None) and days != (None, None)
        if not by_dates and not by_days:
            raise ValueError(
                "Give both from_date and to_date, or days_before and days_after the"
                " index event."
            )
        if self.from_date and self.to_date and self.from_date > self.to_date:
            raise ValueError(
                f"The days end ({self.to_date}) before they start ({self.from_date}):"
                " swap the two dates."
            )
        return self

    @property
    def needs_index(self) -> bool:
        """Whether the days are counted from the index event."""
        return self.from_date is None


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
    birth_year
        Persons born in these calendar years.
    observed
        Persons who were under observation without a gap, in one period of a table of
        observation: resident, or insured, or followed, as the source means it.
    """

    sex: Literal["female", "male"] | None = None
    age: AgeRange | None = None
    born: DateRange | None = None
    alive_at: Moment | None = None
    birth_year: YearRange | None = None
    observed: Observed | None = None

    @property
    def needs_index(self) -> bool:
        """Whether the day of the index event decides who belongs."""
        return (
            self.alive_at == "index"
            or (self.age is not None and self.age.at == "index")
            or (self.observed is not None and self.observed.needs_index)
        )
