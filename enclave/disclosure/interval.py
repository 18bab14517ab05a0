"""Stretches of a line: measured values, days of the calendar, days from an event.

An end is a cut between points: ``(5, BEFORE)`` lies just before 5, ``(5, AFTER)`` just
after it. So open, closed and whole-day ends are compared as plain tuples.
"""

import math
from datetime import date
from typing import Any, NamedTuple

from enclave.cohort.question import Between, Comparison, DateRange, ValueCondition


BEFORE, AFTER = 0, 1
Cut = tuple[float, int]
_LOWEST: Cut = (-math.inf, BEFORE)
_HIGHEST: Cut = (math.inf, AFTER)


class Interval(NamedTuple):
    """Everything between two cuts."""

    start: Cut
    end: Cut

    def contains(self, other: "Interval") -> bool:
        """Whether every point of the other lies in this one."""
        return self.start <= other.start and other.end <= self.end

    def joined(self, other: "Interval") -> "Interval | None":
        """Return both as one, or ``None`` where a gap lies between them."""
        if max(self.start, other.start) > min(self.end, other.end):
            return None
        return Interval(min(self.start, other.start), max(self.end, other.end))

    def document(self) -> list[list[Any]]:
        """Write the ends as JSON, an open one as null."""
        return [
            [point if math.isfinite(point) else None, side]
            for point, side in (self.start, self.end)
        ]


EVERYTHING = Interval(_LOWEST, _HIGHEST)


def of_days(first: int | None, last: int | None) -> Interval:
    """Return whole days, both ends included, so that neighbours touch."""
    return Interval(
        _LOWEST if first is None else (first, BEFORE),
        _HIGHEST if last is None else (last + 1, BEFORE),
    )


def of_dates(dates: DateRange) -> Interval:
    """Return the days of a calendar range."""
    return of_days(_ordinal(dates.start), _ordinal(dates.end))


def of_values(condition: ValueCondition) -> Interval:
    """Return the values that meet a condition."""
    match condition:
        case Between():
            return Interval((condition.lower, BEFORE), (condition.upper, AFTER))
        case Comparison(operator="<", threshold=limit):
            return Interval(_LOWEST, (limit, BEFORE))
        case Comparison(operator="<=", threshold=limit):
            return Interval(_LOWEST, (limit, AFTER))
        case Comparison(operator=">=", threshold=limit):
            return Interval((limit, BEFORE), _HIGHEST)
        case Comparison(operator=">", threshold=limit):
            return Interval((limit, AFTER), _HIGHEST)
        case Comparison(threshold=limit):
            return Interval((limit, BEFORE), (limit, AFTER))


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day else None
