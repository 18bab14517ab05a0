"""The loops over events and persons, compiled."""

import numpy as np

from enclave.feasibility.index.compiled import compiled, unsigned


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
def sort_out(who: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return persons group by group, each group in their order.

    Returns
    -------
    tuple
        Where each group stops, from the lowest to the highest, and the persons.
    """
    if len(who) == 0:
        return np.zeros(0, np.int64), who.copy()
    lowest, highest = group[0], group[0]
    for i in range(len(group)):
        lowest, highest = min(lowest, group[i]), max(highest, group[i])
    stops = np.zeros(highest - lowest + 1, np.uint64)
    for i in range(len(group)):
        stops[unsigned(group[i] - lowest)] += unsigned(1)
    at = unsigned(0)
    for number in range(len(stops)):
        at, stops[number] = at + stops[number], at
    out = np.empty_like(who)
    for i in range(len(who)):
        its = unsigned(group[i] - lowest)
        place = stops[its]
        stops[its] = place + unsigned(1)
        out[place] = who[i]
    return stops.view(np.int64), out
