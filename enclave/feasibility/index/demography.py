"""Who belongs to a population, from the demographic columns."""

from datetime import date

import numpy as np

from enclave.cohort.dates import DateRange
from enclave.cohort.population import Population, YearRange
from enclave.feasibility.index.calendar import (
    alive_on,
    born_between,
    days_since_1970,
    of_age,
    of_sex,
)
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.members import Members
from enclave.feasibility.index.persons import SEXES


_FIRST_DAY, _LAST_DAY = -(2**40), 2**40
_MOST_AGE = 1_000_000
_NO_DAYS = np.empty(0, np.int32)


def belonging(
    population: Population, index: Index, everybody: Members, first: np.ndarray | None
) -> Members:
    """Return who of everybody belongs to a population.

    Parameters
    ----------
    everybody
        Those with an index event, or all if the question has none.
    first
        Day of the index event of every ordinal; ``None`` if the question has none.
    """
    if population == Population():
        return everybody
    persons, who = index.persons, everybody.ordinals
    if population.sex is not None:
        who = of_sex(who, persons.sex, 1 + SEXES.index(population.sex))
    if population.born is not None:
        who = born_between(who, persons.birth, *_days(population.born))
    if population.birth_year is not None:
        who = born_between(who, persons.birth, *_days_of_years(population.birth_year))
    if population.age is not None:
        day, age = moment_of(population.age.at, first), population.age
        # Nobody has an age before birth, whatever the least.
        ages = (age.minimum or 0, _MOST_AGE if age.maximum is None else age.maximum)
        who = of_age(who, index.births, day, ages, index.calendar)
    if population.alive_at is not None:
        day = moment_of(population.alive_at, first)
        who = alive_on(who, persons.birth, persons.death, day)
    return Members.of_ordinals(who, len(index))


def _days(days: DateRange) -> tuple[int, int]:
    return (
        _FIRST_DAY if days.start is None else days_since_1970(days.start),
        _LAST_DAY if days.end is None else days_since_1970(days.end),
    )


def _days_of_years(years: YearRange) -> tuple[int, int]:
    first, last = years.minimum, years.maximum
    return _days(
        DateRange.model_construct(
            start=None if first is None else date(first, 1, 1),
            end=None if last is None else date(last, 12, 31),
        )
    )


def moment_of(moment: date | str, first: np.ndarray | None) -> tuple[np.ndarray, int]:
    """Return the day of the index event of each ordinal, or one day of everybody."""
    if isinstance(moment, date):
        return _NO_DAYS, days_since_1970(moment)
    assert first is not None  # noqa: S101 - a question that asks for it has an index event
    return first, 0
