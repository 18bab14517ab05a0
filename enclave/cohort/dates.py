"""A range of calendar days."""

from pydantic import model_validator

from enclave.cohort.node import Day, Node


class DateRange(Node):
    """The days from ``start`` to ``end``, both included; either end may be open."""

    start: Day | None = None
    end: Day | None = None

    @model_validator(mode="after")
    def _holds_a_day(self) -> "DateRange":
        if self.start is None and self.end is None:
            raise ValueError("Give a start, an end or both, or leave the range out.")
        if self.start and self.end and self.start > self.end:
            raise ValueError(
                f"The range ends ({self.end}) before it starts ({self.start}):"
                " swap the two dates."
            )
        return self
