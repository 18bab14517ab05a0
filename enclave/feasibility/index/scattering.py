"""The loops of a build: from rows in any order to one number per event in its list."""

import numpy as np

from enclave.feasibility.index.compiled import compiled


NOBODY = np.uint32(0xFFFFFFFF)
FREE = np.uint32(0xFFFFFFFF)
_MINUS_ZERO = np.uint64(1 << 63)


@compiled
def number_keys(keys: np.ndarray, before: int, table: np.ndarray) -> None:
    """Write the ordinal of each key at its place in a table that begins at one."""
    for i in range(len(keys)):
        table[keys[i] - before] = i


@compiled
def scatter(
    rows: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    shifts: tuple[int, int],
    cursor: np.ndarray,
    out: np.ndarray,
) -> int:
    """Put each event, packed into one number, behind the last one of its list.

    Parameters
    ----------
    rows
        Number of the list, ordinal of the person, day and detail.

    Returns
    -------
    int
        How many events are of nobody, and left out.
    """
    lists, person, day, detail = rows
    orphans = 0
    for i in range(len(lists)):
        if person[i] == NOBODY:
            orphans += 1
            continue
        place = cursor[lists[i]]
        cursor[lists[i]] = place + 1
        out[place] = (
            (np.uint64(person[i]) << np.uint64(shifts[0]))
            | (np.uint64(day[i]) << np.uint64(shifts[1]))
            | np.uint64(detail[i])
        )
    return orphans


@compiled
def number_details(
    value: np.ndarray,
    rest: np.ndarray,
    slots: np.ndarray,
    known: tuple[np.ndarray, np.ndarray],
    count: int,
    numbers: np.ndarray,
) -> int:
    """Give each pair of a value's bits and the rest a number, in the order they come.

    Parameters
    ----------
    slots
        A table of a size that is a power of two: the number of the pair that hashes to
        a place, or free.
    known
        The pairs by number, with room for more; ``count`` of them there are.
    numbers
        Room for the number of each row.

    Returns
    -------
    int
        How many pairs are known now.
    """
    values, rests = known
    mask = np.uint64(len(slots) - 1)
    for i in range(len(value)):
        # To a question, zero and minus zero are one number.
        bits = np.uint64(0) if value[i] == _MINUS_ZERO else value[i]
        mixed = (bits ^ (np.uint64(rest[i]) << np.uint64(17))) * np.uint64(
            0x9E3779B97F4A7C15
        )
        at = (mixed >> np.uint64(29)) & mask
        while True:
            number = slots[at]
            if number == FREE:
                number = np.uint32(count)
                slots[at] = number
                values[count] = bits
                rests[count] = rest[i]
                count += 1
                break
            if values[number] == bits and rests[number] == rest[i]:
                break
            at = (at + np.uint64(1)) & mask
        numbers[i] = number
    return count


@compiled
def find_details(
    events: np.ndarray,
    mask: int,
    rank: np.ndarray,
    place: np.ndarray,
    found: np.ndarray,
) -> int:
    """Replace the details of a list by their ranks; return how many different ones.

    Parameters
    ----------
    place
        Zeros by rank; afterwards one for each that is in the list.
    found
        Room for the ranks in the list, each once and in no order.
    """
    keep, count = ~np.uint64(mask), 0
    for i in range(len(events)):
        own = rank[events[i] & np.uint64(mask)]
        events[i] = (events[i] & keep) | np.uint64(own)
        if place[own] == 0:
            place[own] = 1
            found[count] = own
            count += 1
    return count


@compiled
def number_within(
    events: np.ndarray, mask: int, found: np.ndarray, place: np.ndarray
) -> None:
    """Replace ranks by their places among the sorted ranks of the list.

    Afterwards ``place`` is zeros again.
    """
    for number in range(len(found)):
        place[found[number]] = number
    keep = ~np.uint64(mask)
    for i in range(len(events)):
        own = place[events[i] & np.uint64(mask)]
        events[i] = (events[i] & keep) | np.uint64(own)
    for number in range(len(found)):
        place[found[number]] = 0


@compiled
def number_lists(
    events: np.ndarray,
    bounds: np.ndarray,
    mask: int,
    rank: np.ndarray,
    room: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Replace the details of several lists by their numbers within each.

    Parameters
    ----------
    bounds
        Where each list starts, and where the last one stops.
    room
        Zeros by rank, as they are again afterwards; and as many numbers.

    Returns
    -------
    tuple
        The details of each list, ascending; and how many each has.
    """
    place, found = room
    counts = np.zeros(len(bounds) - 1, np.int64)
    own, at = np.zeros(len(events), np.uint32), 0
    for number in range(len(counts)):
        part = events[bounds[number] : bounds[number + 1]]
        count = find_details(part, mask, rank, place, found)
        found[:count].sort()
        number_within(part, mask, found[:count], place)
        own[at : at + count] = found[:count]
        at, counts[number] = at + count, count
    return own[:at], counts


@compiled
def note_presence(
    person: np.ndarray, year: np.ndarray, values: np.ndarray, years: np.ndarray
) -> None:
    """Count the rows of each person, and note the first and last year of any.

    Parameters
    ----------
    person
        Ordinals, or nobody.
    year
        0 where it is not known.
    """
    for i in range(len(person)):
        who = person[i]
        if who == NOBODY:
            continue
        values[who] += 1
        if year[i] > 0:
            if years[0, who] == 0 or year[i] < years[0, who]:
                years[0, who] = year[i]
            years[1, who] = max(years[1, who], year[i])
