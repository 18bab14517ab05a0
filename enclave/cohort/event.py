"""Which events a criterion means, and how many of them there must be."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.cohort.codes import CodeList
from enclave.cohort.dates import DateRange
from enclave.cohort.node import Node, TableName, Text, Whole
from enclave.cohort.values import ValueCondition


Pick = Literal["first", "last", "first_ever", "last_ever"]
Abnormal = Literal["low", "high", "low_or_high"]


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
    at_least_days
        On how many different days these events began.
    sources
        Sources that the event may come from; ``None`` for all.
    abnormal
        Below the lower or above the upper reference limit that stands in the row.
    pick
        Which of the events with these codes are asked about, before it is asked for
        their value: those on the first or last day in the period and window, or
        (``_ever``) those on the first or last day in all the data of the person, of
        which period and window are asked afterwards. ``None`` for any.
    """

    kind: Literal["event"] = "event"
    codes: CodeList
    table: TableName | None = None
    value: ValueCondition | None = None
    dates: DateRange | None = None
    at_least: Annotated[Whole, Field(ge=1, le=1000)] = 1
    at_least_days: Annotated[Whole, Field(ge=2, le=1000)] | None = None
    sources: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100)] | None = (
        None
    )
    abnormal: Abnormal | None = None
    pick: Pick | None = None

    @model_validator(mode="after")
    def _says_whose_codes(self) -> "EventCriterion":
        if self.codes.system is None and self.table is None:
            raise ValueError(
                "The same code means different things in different code systems:"
                " name the code system of the list, or the table of the events."
            )
        return self

    @model_validator(mode="after")
    def _picks_one_day(self) -> "EventCriterion":
        if self.pick is not None and not self.is_single:
            raise ValueError(
                "The first or last event is one: take the number of events or days out,"
                " or leave pick out."
            )
        return self

    @model_validator(mode="after")
    def _names_each_source_once(self) -> "EventCriterion":
        sources = self.sources or ()
        twice = {name for name in sources if sources.count(name) > 1}
        if twice:
            raise ValueError(f"The source {min(twice)} is named twice: keep it once.")
        return self

    @property
    def is_single(self) -> bool:
        """Whether one event is enough."""
        return self.at_least == 1 and self.at_least_days is None
