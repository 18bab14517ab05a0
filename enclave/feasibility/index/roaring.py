"""Sets of ordinals in the format that all roaring bitmaps are serialised in.

A header, and then for each 65,536 ordinals of which any are in the set a container: the
lower halves of the ordinals, or where those are many one bit for each. All of it are
numbers of 16 bits. https://github.com/RoaringBitmap/RoaringFormatSpec
"""

import numpy as np

from enclave.feasibility.index.compiled import (
    compiled,
    lowest_bit,
    number_of_ones,
    unsigned,
)


BITS = 1 << 16
COOKIE, COOKIE_WITH_RUNS = 12346, 12347
_HEADER, _PER_CONTAINER = 4, 4
# With more ordinals than this, bits take less room.
MOST_IN_ARRAY = 4096


@compiled
def set_bits(ordinals: np.ndarray, words: np.ndarray) -> None:
    """Set the bits of some ordinals."""
    for i in range(len(ordinals)):
        ordinal = unsigned(ordinals[i])
        bit = unsigned(1) << (ordinal & unsigned(63))
        words[ordinal >> unsigned(6)] |= bit


@compiled
def _header(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return room with the header written, and where each container begins."""
    containers, length = 0, 0
    for key in range(len(counts)):
        if counts[key] > 0:
            containers += 1
            length += min(counts[key], MOST_IN_ARRAY)
    at = _HEADER + _PER_CONTAINER * containers
    out = np.zeros(at + length, np.uint16)
    out[0], out[2], out[3] = COOKIE, containers & 0xFFFF, containers >> 16
    begins, number = np.zeros(len(counts), np.int64), 0
    for key in range(len(counts)):
        if counts[key] > 0:
            begins[key] = at
            out[_HEADER + 2 * number] = key
            out[_HEADER + 2 * number + 1] = counts[key] - 1
            offset = _HEADER + 2 * containers + 2 * number
            out[offset], out[offset + 1] = (2 * at) & 0xFFFF, (2 * at) >> 16
            at += min(counts[key], MOST_IN_ARRAY)
            number += 1
    return out, begins


@compiled
def serialised(ordinals: np.ndarray) -> np.ndarray:
    """Write some ordinals, which must ascend: nothing else fits the room made here."""
    keys = (int(ordinals[-1]) >> 16) + 1 if len(ordinals) else 0
    counts = np.zeros(keys, np.int64)
    for i in range(len(ordinals)):
        counts[unsigned(ordinals[i]) >> unsigned(16)] += 1
    out: np.ndarray
    out, begins = _header(counts)
    i = 0
    for key in range(keys):
        at, count = begins[key], counts[key]
        # As parts of their own, in which no place counts from the end.
        part, room = ordinals[i : i + count], out[at:]
        if count <= MOST_IN_ARRAY:
            for place in range(count):
                room[place] = part[place] & 0xFFFF
        else:
            for place in range(count):
                low = unsigned(part[place]) & unsigned(0xFFFF)
                bit = np.uint16(1) << np.uint16(low & unsigned(15))
                room[low >> unsigned(4)] |= bit
        i += count
    return out


@compiled
def serialised_apart(
    ordinals: np.ndarray, stops: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Write several sets one behind the other; return also where each one stops.

    Parameters
    ----------
    stops
        Of each set, in the ordinals. Those of each ascend.
    """
    ends = np.zeros(len(stops), np.int64)
    out, at, begin = np.empty(len(ordinals) + 1, np.uint16), 0, 0
    for number in range(len(stops)):
        part = serialised(ordinals[begin : stops[number]])
        while at + len(part) > len(out):
            out = np.concatenate((out, np.empty(len(out), np.uint16)))
        out[at : at + len(part)] = part
        at, begin = at + len(part), stops[number]
        ends[number] = at
    return out, ends


@compiled
def serialised_bits(words: np.ndarray) -> np.ndarray:
    """Write the ordinals whose bits are one, of a multiple of 65,536."""
    in_key = BITS // 64
    counts = np.zeros(len(words) // in_key, np.int64)
    for word in range(len(words)):
        counts[word // in_key] += int(number_of_ones(words[word]))
    out: np.ndarray
    out, begins = _header(counts)
    halves = words.view(np.uint16)
    for key in range(len(counts)):
        at, count = begins[key], counts[key]
        if count > MOST_IN_ARRAY:
            out[at : at + MOST_IN_ARRAY] = halves[
                key * MOST_IN_ARRAY : (key + 1) * MOST_IN_ARRAY
            ]
        elif count > 0:
            for word in range(in_key):
                left = words[key * in_key + word]
                while left != 0:
                    out[at] = 64 * word + int(lowest_bit(left))
                    at += 1
                    left &= left - np.uint64(1)
    return out
