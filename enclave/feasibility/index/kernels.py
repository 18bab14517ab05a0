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
    lowest, highest = days[0] - base, days[1] - base
    some, windowed = len(allowed) > 0, len(origin) > 0
    for i in range(len(person)):
        if some and not allowed[result[i]]:
            continue
        today = np.int64(day[i])
        if today < lowest or today > highest:
            continue
        who = person[i]
        if windowed:
            start = origin[who]
            after = today + base - np.int64(start)
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
    lowest, highest = days[0] - base, days[1] - base
    some = len(allowed) > 0
    for i in range(len(person)):
        if some and not allowed[result[i]]:
            continue
        today = np.int64(day[i])
        if today < lowest or today > highest:
            continue
        who = person[i]
        if first[who] == NEVER or today + base < first[who]:
            first[who] = today + base


@_compiled
def number_of(
    events: tuple[np.ndarray, np.ndarray, np.ndarray],
    allowed: np.ndarray,
    days: tuple[int, int],
    counted: tuple[np.ndarray, int],
) -> None:
    """Count the events of each person that are meant; twice delivered ones twice.

    Parameters
    ----------
    days
        As the column of days has them.
    counted
        One number per person, and which ordinal the first one has.
    """
    person, day, result = events
    counts, lowest = counted
    some = len(allowed) > 0
    for i in range(len(person)):
        if some and not allowed[result[i]]:
            continue
        if days[0] <= np.int64(day[i]) <= days[1]:
            counts[np.int64(person[i]) - lowest] += 1


@_compiled
def stack_up(counts: np.ndarray) -> int:
    """Turn numbers into where each one's place begins; return where all of them end."""
    at = np.uint32(0)
    for i in range(len(counts)):
        at, counts[i] = at + counts[i], at
    return int(at)


@_compiled
def gather_days(
    events: tuple[np.ndarray, np.ndarray, np.ndarray],
    base: int,
    allowed: np.ndarray,
    days: tuple[int, int],
    places: tuple[np.ndarray, np.ndarray, int],
) -> None:
    """Put the day of each event that is meant behind the last one of its person.

    Parameters
    ----------
    places
        Where the next day of each person goes, the days, and the first ordinal.
    """
    person, day, result = events
    cursor, gathered, lowest = places
    some = len(allowed) > 0
    for i in range(len(person)):
        if some and not allowed[result[i]]:
            continue
        if days[0] <= np.int64(day[i]) <= days[1]:
            who = np.int64(person[i]) - lowest
            place = cursor[who]
            cursor[who] = place + 1
            gathered[place] = np.int64(day[i]) + base


@_compiled
def near(
    events: tuple[np.ndarray, np.ndarray, np.ndarray],
    base: int,
    allowed: np.ndarray,
    days: tuple[int, int],
    anchors: tuple[np.ndarray, np.ndarray, int, int, int],
    met: np.ndarray,
) -> None:
    """Mark who has an event that is meant so many days after one of their anchors.

    Parameters
    ----------
    anchors
        Where the anchors of each person stop, their days, the first and last day after
        one of them, and the first ordinal.
    """
    person, day, result = events
    stops, gathered, from_days, to_days, lowest = anchors
    some = len(allowed) > 0
    for i in range(len(person)):
        who = np.int64(person[i]) - lowest
        start = np.int64(0) if who == 0 else np.int64(stops[who - 1])
        stop = np.int64(stops[who])
        # Most persons have no anchor, and their events lie in a row.
        if start == stop or met[person[i]]:
            continue
        if some and not allowed[result[i]]:
            continue
        if not days[0] <= np.int64(day[i]) <= days[1]:
            continue
        today = np.int64(day[i]) + base
        for place in range(start, stop):
            if from_days <= today - gathered[place] <= to_days:
                met[person[i]] = True
                break


@_compiled
def sort_into(
    who: np.ndarray, group: np.ndarray, counts: np.ndarray, out: np.ndarray
) -> None:
    """Write persons group by group, each group in their order.

    Parameters
    ----------
    counts
        Zeros, one per group; afterwards where each group stops.
    """
    for i in range(len(who)):
        counts[group[i]] += 1
    at = 0
    for number in range(len(counts)):
        at, counts[number] = at + counts[number], at
    for i in range(len(who)):
        place = counts[group[i]]
        counts[group[i]] = place + 1
        out[place] = who[i]


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
