"""The loops over sets of which there is one bit for each person."""

import numba
import numpy as np

from enclave.feasibility.index.compiled import compiled, number_of_ones, unsigned


@numba.njit(inline="always")
def _bit_of(ordinal: np.uint64, words: np.ndarray) -> np.uint64:
    bit: np.uint64 = words[ordinal >> unsigned(6)] >> (ordinal & unsigned(63))
    return bit & unsigned(1)


@compiled
def number_of(words: np.ndarray) -> int:
    """Return how many bits are one."""
    number = unsigned(0)
    for at in range(len(words)):
        number += number_of_ones(words[at])
    return int(number)


@compiled
def number_of_both(words: np.ndarray, others: np.ndarray) -> int:
    """Return how many bits are one in two sets."""
    number = unsigned(0)
    for at in range(min(len(words), len(others))):
        number += number_of_ones(words[at] & others[at])
    return int(number)


@compiled
def number_of_those(ordinals: np.ndarray, words: np.ndarray) -> int:
    """Return of how many ordinals the bits are one."""
    number = unsigned(0)
    for i in range(len(ordinals)):
        number += _bit_of(unsigned(ordinals[i]), words)
    return int(number)


@compiled
def those_whose_bits(ordinals: np.ndarray, words: np.ndarray, are: int) -> np.ndarray:
    """Return the ordinals whose bits are one, or are zero."""
    out, found = np.empty_like(ordinals), unsigned(0)
    for i in range(len(ordinals)):
        # Without a branch: who is in the other set cannot be foreseen.
        out[found] = ordinals[i]
        found += unsigned(_bit_of(unsigned(ordinals[i]), words) == unsigned(are))
    return out[:found]


@compiled
def without(words: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the bits of those who are in one set and not in the other."""
    out = np.empty_like(words)
    for at in range(len(words)):
        out[at] = words[at] & ~others[at]
    return out


@compiled
def clear_bits(ordinals: np.ndarray, words: np.ndarray) -> None:
    """Take some ordinals out."""
    for i in range(len(ordinals)):
        ordinal = unsigned(ordinals[i])
        bit = unsigned(1) << (ordinal & unsigned(63))
        words[ordinal >> unsigned(6)] &= ~bit
