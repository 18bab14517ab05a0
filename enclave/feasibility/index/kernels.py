"""The loops over events, compiled: each event is read once, where it lies.

They read columns of one segment that are sorted by person, day and result, so that the
same event delivered twice stands twice in a row.
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np


NEVER = np.int32(-(2**31))


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        compiled: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # Nowhere to keep compiled code: neither beside this file nor in the home.
        compiled = numba.njit(nogil=True)(function)
    return compiled


@_compiled
def scatter(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    shifts: tuple[int, int],
    cursor: np.ndarray,
    out: np.ndarray,
) -> None:
    """Put each event, packed into one number, behind the last one of its list."""
    lists, person, day, result = rows
    for i in range(len(lists)):
        place = cursor[lists[i]]
        cursor[lists[i]] = place + 1
        out[place] = (
            (np.uint64(person[i]) << np.uint64(shifts[0]))
            | (np.uint64(day[i]) << np.uint64(shifts[1]))
            | np.uint64(result[i])
        )


@_compiled
def _again(person: np.ndarray, day: np.ndarray, result: np.ndarray, i: int) -> bool:
    """Say whether an event is the one before it once more."""
    if i == 0 or person[i - 1] != person[i] or day[i - 1] != day[i]:
        return False
    return len(result) == 0 or bool(result[i - 1] == result[i])


@_compiled
def tally(
    events: tuple[np.ndarray, np.ndarray, np.ndarray],
    base: int,
    allowed: np.ndarray,
    days: tuple[int, int],
    window: tuple[np.ndarray, int, int],
    counts: np.ndarray,
) -> None:
    """Count the different events of each person that are meant.

    Parameters
    ----------
    events
        Person, day since ``base`` and result of one list; no results where the table
        has but one.
    allowed
        Per result whether it is meant; empty where every result is.
    days
        First and last day that count.
    window
        Origin of each person and the first and last day after it; no origins where
        there is no window.
    counts
        One number per person, added to up to 65,535.
    """
    person, day, result = events
    origin, from_days, to_days = window
    for i in range(len(person)):
        if len(allowed) > 0 and not allowed[result[i]]:
            continue
        today = base + np.int64(day[i])
        if today < days[0] or today > days[1]:
            continue
        who = person[i]
        if len(origin) > 0:
            start = np.int64(origin[who])
            after = today - start
            if start == NEVER or after < from_days or after > to_days:
                continue
        if counts[who] < 65_535 and not _again(person, day, result, i):
            counts[who] += 1


@_compiled
def earliest(
    events: tuple[np.ndarray, np.ndarray, np.ndarray],
    base: int,
    allowed: np.ndarray,
    days: tuple[int, int],
    first: np.ndarray,
) -> None:
    """Lower the first day of each person to the first event that is meant."""
    person, day, result = events
    for i in range(len(person)):
        if len(allowed) > 0 and not allowed[result[i]]:
            continue
        today = base + np.int64(day[i])
        if today < days[0] or today > days[1]:
            continue
        who = person[i]
        if first[who] == NEVER or today < first[who]:
            first[who] = today


@_compiled
def total(
    member: np.ndarray,
    presence: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    seen: np.ndarray,
) -> tuple[np.int64, np.int64, np.int64]:
    """Return values, first and last year of the members, and mark who has any."""
    person, values, first, last = presence
    found, lowest, highest = np.int64(0), np.int64(65_535), np.int64(0)
    for i in range(len(person)):
        if member[person[i]]:
            seen[person[i]] = True
            found += np.int64(values[i])
            lowest = min(lowest, np.int64(first[i]))
            highest = max(highest, np.int64(last[i]))
    return found, lowest, highest
