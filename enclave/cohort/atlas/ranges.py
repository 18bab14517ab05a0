"""Ranges of numbers and dates, as ATLAS writes them."""

from datetime import date, timedelta
from typing import Any

from enclave.cohort.atlas.part import Part
from enclave.cohort.atlas.vocabulary import OPERATORS
from enclave.cohort.dates import DateRange
from enclave.cohort.population import AgeRange
from enclave.cohort.values import Between, Comparison, ValueCondition


def read_age(found: Part) -> AgeRange | None:
    """Read a range of ages on the day of the index event."""
    operator, value, extent = _of_numbers(found)
    if operator is None or value is None:
        return None
    if any(each is not None and each != int(each) for each in (value, extent)):
        found.refuse("Value", "an age is a whole number of years")
        return None
    first, last = int(value), int(extent) if extent is not None else None
    every: dict[str, dict[str, Any]] = {
        "between": {"minimum": first, "maximum": last},
        "=": {"minimum": first, "maximum": first},
        ">=": {"minimum": first},
        ">": {"minimum": first + 1},
        "<=": {"maximum": first},
        "<": {"maximum": first - 1},
    }
    ends = every[operator]
    found.report.note(
        "Age: ATLAS takes the year of birth from the year of the event; a question"
        " counts completed years."
    )
    return found.report.make(found.path, lambda: AgeRange(**ends, at="index"))


def read_value(found: Part, unit: str | None) -> ValueCondition | None:
    """Read a comparison of values."""
    operator, value, extent = _of_numbers(found)
    if operator is None or value is None:
        return None
    found.report.note(
        "Values: ATLAS compares the number of a result and passes over its operator; a"
        " question reads <4 as every number below 4."
    )
    if operator == "between" and extent is not None:
        return found.report.make(
            found.path, lambda: Between(lower=value, upper=extent, unit=unit)
        )
    return found.report.make(
        found.path,
        lambda: Comparison.model_validate(
            {"operator": operator, "threshold": value, "unit": unit}
        ),
    )


def is_beyond_one(found: Part, operator: str) -> bool:
    """Whether a ratio to a reference limit says no more than "beyond the limit"."""
    written, value, _ = _of_numbers(found)
    return (written, value) == (operator, 1.0)


def read_dates(found: Part) -> DateRange | None:
    """Read a range of days."""
    operator = _operator(found)
    value, extent = _day(found, "Value"), _day(found, "Extent")
    found.close()
    if operator is None or value is None:
        return None
    one = timedelta(days=1)
    every: dict[str, dict[str, Any]] = {
        "between": {"start": value, "end": extent},
        "=": {"start": value, "end": value},
        ">=": {"start": value},
        ">": {"start": value + one},
        "<=": {"end": value},
        "<": {"end": value - one},
    }
    ends = every[operator]
    return found.report.make(found.path, lambda: DateRange(**ends))


def _of_numbers(found: Part) -> tuple[str | None, float | None, float | None]:
    operator = _operator(found)
    value, extent = found.number("Value"), found.number("Extent")
    found.close()
    if value is None:
        found.refuse("Value", "the number is missing: add it")
    if operator == "between" and extent is None:
        found.refuse("Extent", "the upper end is missing: add it")
        operator = None
    return operator, value, extent


def _operator(found: Part) -> str | None:
    written = found.text("Op")
    if written == "bt":
        return "between"
    operator = OPERATORS.get(written or "")
    if operator is None:
        known = ", ".join(["bt", *OPERATORS])
        found.refuse("Op", f"a question can say {known}, and not {written!r}")
    return operator


def _day(found: Part, name: str) -> date | None:
    written = found.text(name)
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        found.refuse(name, "write the date as year-month-day")
        return None
