"""The loops over events and persons, compiled."""

import numpy as np

from enclave.feasibility.index.compiled import compiled


NEVER = np.int32(-(2**31))


@compiled
def lower(person: np.ndarray, day: np.ndarray, first: np.ndarray) -> None:
    """Lower the first day of each person to that of their events."""
    for i in range(len(person)):
        who = person[i]
        if first[who] == NEVER or day[i] < first[who]:
            first[who] = day[i]


@compiled
def raise_to(person: np.ndarray, day: np.ndarray, last: np.ndarray) -> None:
    """Raise the last day of each person to that of their events."""
    for i in range(len(person)):
        who = person[i]
        # Never is before every day.
        last[who] = max(last[who], day[i])


@compiled
def tally(person: np.ndarray, counts: np.ndarray) -> None:
    """Count the events of each person, up to 65,535."""
    for i in range(len(person)):
        if counts[person[i]] < 65_535:
            counts[person[i]] += 1


@compiled
def once_each(person: np.ndarray, day: np.ndarray, same: np.ndarray) -> np.ndarray:
    """Return which of the sorted events is not the one before it once more."""
    new = np.ones(len(person), dtype=np.bool_)
    for i in range(1, len(person)):
        new[i] = (
            person[i] != person[i - 1] or day[i] != day[i - 1] or same[i] != same[i - 1]
        )
    return new


@compiled
def number_of(person: np.ndarray, counts: np.ndarray) -> None:
    """Count the events of each person."""
    for i in range(len(person)):
        counts[person[i]] += 1


@compiled
def stack_up(counts: np.ndarray) -> int:
    """Turn numbers into where each one's place begins; return where all of them end."""
    at = np.uint32(0)
    for i in range(len(counts)):
        at, counts[i] = at + counts[i], at
    return int(at)


@compiled
def gather(
    person: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray],
    cursor: np.ndarray,
    gathered: tuple[np.ndarray, np.ndarray],
) -> None:
    """Put the first and last day of each row behind the last ones of its person."""
    for i in range(len(person)):
        place = cursor[person[i]]
        cursor[person[i]] = place + 1
        gathered[0][place] = rows[0][i]
        gathered[1][place] = rows[1][i]


@compiled
def near(
    person: np.ndarray,
    day: np.ndarray,
    anchors: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> np.ndarray:
    """Return which events lie from the first to the last day of one of the anchors.

    Parameters
    ----------
    anchors
        Where those of each person stop, their first days and their last days.
    """
    stops, first, last = anchors
    met = np.zeros(len(person), dtype=np.bool_)
    for i in range(len(person)):
        who = person[i]
        start = np.uint32(0) if who == 0 else stops[who - 1]
        for place in range(start, stops[who]):
            if first[place] <= day[i] <= last[place]:
                met[i] = True
                break
    return met


@compiled
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
