"""Days as the calendar writes them, and the loops over persons that look them up."""

from datetime import date
from typing import NamedTuple

import numpy as np

from enclave.feasibility.index.compiled import compiled, unsigned
from enclave.feasibility.index.kernels import NEVER


# Neither of the two is one as well.
_SEXES = 3


def days_since_1970(day: date) -> int:
    """Return a date as the columns have it."""
    return (day - date(1970, 1, 1)).days


class Calendar(NamedTuple):
    """Days as numbers that differ by ten thousand per completed year.

    Attributes
    ----------
    first
        Day of the first number.
    """

    first: int
    written: np.ndarray

    @classmethod
    def of(cls, first: int, last: int) -> "Calendar":
        """Write all days from one to another, each as year, month and day."""
        days = np.arange(first, last + 1).astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        month = months.astype(np.int64)
        written: np.ndarray = (1970 + month // 12) * 10_000 + (month % 12 + 1) * 100
        written += (days - months).astype(np.int64) + 1
        return cls(first, written.astype(np.int32))


@compiled
def of_sex(who: np.ndarray, sexes: np.ndarray, sex: int) -> np.ndarray:
    """Return who of some persons has a sex, as the column has it."""
    out, found = np.empty(len(who), np.uint32), unsigned(0)
    for i in range(len(who)):
        out[found] = who[i]
        found += unsigned(sexes[who[i]] == sex)
    return out[:found]


@compiled
def born_between(
    who: np.ndarray, births: np.ndarray, first: int, last: int
) -> np.ndarray:
    """Return who of some persons was born from one day to another."""
    out, found = np.empty(len(who), np.uint32), unsigned(0)
    for i in range(len(who)):
        born = np.int64(births[who[i]])
        out[found] = who[i]
        found += unsigned((born != NEVER) & (first <= born) & (born <= last))
    return out[:found]


@compiled
def of_age(
    who: np.ndarray,
    births: np.ndarray,
    day: tuple[np.ndarray, int],
    ages: tuple[int, int],
    calendar: Calendar,
) -> np.ndarray:
    """Return who of some persons has so many completed years on a day.

    Parameters
    ----------
    births
        As the calendar writes them.
    day
        Of each ordinal; where that is empty, of everybody.
    ages
        The least, which is not negative, and the most.
    """
    base, written = calendar
    of_each, of_all = day
    least, most = 10_000 * ages[0], 10_000 * (ages[1] + 1)
    out, found = np.empty(len(who), np.uint32), unsigned(0)
    for i in range(len(who)):
        born = np.int64(births[who[i]])
        today = np.int64(of_each[who[i]]) if len(of_each) > 0 else of_all
        lived = np.int64(written[unsigned(today - base)]) - born
        out[found] = who[i]
        found += unsigned((born != NEVER) & (least <= lived) & (lived < most))
    return out[:found]


@compiled
def alive_on(
    who: np.ndarray,
    births: np.ndarray,
    deaths: np.ndarray,
    day: tuple[np.ndarray, int],
) -> np.ndarray:
    """Return who of some persons is born and not dead on a day, as :func:`of_age`."""
    of_each, of_all = day
    out, found = np.empty(len(who), np.uint32), unsigned(0)
    for i in range(len(who)):
        born, died = np.int64(births[who[i]]), np.int64(deaths[who[i]])
        today = np.int64(of_each[who[i]]) if len(of_each) > 0 else of_all
        out[found] = who[i]
        found += unsigned(
            (born != NEVER) & (born <= today) & ((died == NEVER) | (died >= today))
        )
    return out[:found]


@compiled
def sort_by_age_and_year(
    who: np.ndarray,
    columns: tuple[np.ndarray, np.ndarray],
    day: tuple[np.ndarray, int],
    calendar: Calendar,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return of some persons which cell they are in, and which year.

    Parameters
    ----------
    columns
        Sex, and birth as the calendar writes it, by ordinal.
    day
        On which the age is taken, as :func:`of_age`.

    Returns
    -------
    tuple
        Of each person the sex, times so many decades, plus one more than the tens of
        years of age; nothing is added before birth or where it is not known. The year
        of the day, from the first of the calendar on. And how many there are by sex and
        decade, and by year.
    """
    base, written = calendar
    of_each, of_all = day
    cells, years = np.empty(len(who), np.uint16), np.empty(len(who), np.uint16)
    first_year = np.int64(written[0]) // 10_000
    of_year = np.zeros(np.int64(written[-1]) // 10_000 - first_year + 1, np.int64)
    of_cell = np.zeros((_SEXES, len(of_year) // 10 + 2), np.int64)
    for i in range(len(who)):
        born = np.int64(columns[1][who[i]])
        on = np.int64(of_each[who[i]]) if len(of_each) > 0 else of_all
        today = np.int64(written[unsigned(on - base)])
        lived = today - born
        decade = 1 + lived // 100_000 if (born != NEVER) & (lived >= 0) else 0
        sex, year = np.int64(columns[0][who[i]]), today // 10_000 - first_year
        cells[i], years[i] = sex * of_cell.shape[1] + decade, year
        of_cell[unsigned(sex), unsigned(decade)] += 1
        of_year[unsigned(year)] += 1
    return cells, years, of_cell, of_year
