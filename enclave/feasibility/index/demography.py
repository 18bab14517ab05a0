"""Who belongs to a population, from the demographic columns."""

from datetime import date

import numpy as np
from pyroaring import BitMap

from enclave.cohort.dates import DateRange
from enclave.cohort.population import AgeRange, Population, YearRange
from enclave.feasibility.index.bitmaps import bitmap, ordinals
from enclave.feasibility.index.index import Index
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.persons import SEXES


def belonging(
    population: Population, index: Index, everybody: BitMap, first: np.ndarray | None
) -> BitMap:
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
    persons, who = index.persons, ordinals(everybody)
    if population.sex is not None:
        who = who[persons.sex[who] == 1 + SEXES.index(population.sex)]
    if population.born is not None:
        who = who[_in_range(persons.birth[who], population.born)]
    if population.birth_year is not None:
        who = who[_born_in(persons.birth[who], population.birth_year)]
    if population.age is not None:
        day = _moment(population.age.at, first, who)
        who = who[_has_age(persons.birth[who], day, population.age)]
    if population.alive_at is not None:
        day = _moment(population.alive_at, first, who)
        birth, death = persons.birth[who], persons.death[who]
        alive = (birth != NEVER) & (birth <= day)
        who = who[alive & ((death == NEVER) | (death >= day))]
    return bitmap(who)


def ages(birth: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return ages in completed years; negative before birth and where it is unknown."""
    lived = (_yyyymmdd(day) - _yyyymmdd(birth)) // 10_000
    return np.where(birth == NEVER, -1, lived)


def days_since_1970(day: date) -> int:
    """Return a date as the columns have it."""
    return (day - date(1970, 1, 1)).days


def _in_range(day: np.ndarray, days: DateRange) -> np.ndarray:
    inside: np.ndarray = day != NEVER
    if days.start is not None:
        inside &= day >= days_since_1970(days.start)
    if days.end is not None:
        inside &= day <= days_since_1970(days.end)
    return inside


def _born_in(birth: np.ndarray, asked: YearRange) -> np.ndarray:
    year = years(birth)
    inside: np.ndarray = birth != NEVER
    if asked.minimum is not None:
        inside &= year >= asked.minimum
    if asked.maximum is not None:
        inside &= year <= asked.maximum
    return inside


def _has_age(birth: np.ndarray, day: np.ndarray, asked: AgeRange) -> np.ndarray:
    age = ages(birth, day)
    has: np.ndarray = age >= (asked.minimum or 0)
    if asked.maximum is not None:
        has &= age <= asked.maximum
    return has


def _moment(
    moment: date | str, first: np.ndarray | None, who: np.ndarray
) -> np.ndarray:
    if isinstance(moment, date):
        return np.full(len(who), days_since_1970(moment), dtype=np.int32)
    assert first is not None  # noqa: S101 - a question that asks for it has an index event
    days: np.ndarray = first[who]
    return days


def years(day: np.ndarray) -> np.ndarray:
    """Return the calendar years of days."""
    found: np.ndarray = _yyyymmdd(day) // 10_000
    return found


def _yyyymmdd(day: np.ndarray) -> np.ndarray:
    """Write days as numbers that differ by ten thousand per completed year."""
    known = day[day != NEVER]
    if not len(known):
        return np.zeros(len(day), dtype=np.int32)
    lowest, highest = int(known.min()), int(known.max())
    if lowest >= _FIRST_WRITTEN and highest < _FIRST_WRITTEN + len(_WRITTEN):
        lowest, written = _FIRST_WRITTEN, _WRITTEN
    else:
        written = _write(lowest, highest)
    found: np.ndarray = written.take(day - np.int32(lowest), mode="clip")
    return found


def _write(lowest: int, highest: int) -> np.ndarray:
    calendar = np.arange(lowest, highest + 1).astype("datetime64[D]")
    months = calendar.astype("datetime64[M]")
    month = months.astype(np.int64)
    written: np.ndarray = (1970 + month // 12) * 10_000 + (month % 12 + 1) * 100
    written += (calendar - months).astype(np.int64) + 1
    return written.astype(np.int32)


# The days on which people of a hospital live, written once.
_FIRST_WRITTEN = days_since_1970(date(1850, 1, 1))
_WRITTEN = _write(_FIRST_WRITTEN, days_since_1970(date(2100, 1, 1)))
