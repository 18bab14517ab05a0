"""Where the lists of a segment lie in its files."""

from typing import NamedTuple

import numpy as np


# Where a list lies: its bitmap, its events, its columns and its details.
SET, SET_STOP, EVENTS, FIRSTS, DAYS, DETAILS, BITS, OWN, OWN_STOP = range(9)


class Columns(NamedTuple):
    """The files of a segment, and where each list lies in them.

    Attributes
    ----------
    sets, firsts, days, details
        Bytes; a word of 64 bits follows the last number of a column.
    own_details
        The details of each list, by their numbers in it.
    lists
        By number of the list: :data:`SET` and so on. All of it is in the files.
    base
        Day that days count from, itself in days since 1970.
    """

    sets: np.ndarray
    firsts: np.ndarray
    days: np.ndarray
    details: np.ndarray
    own_details: np.ndarray
    lists: np.ndarray
    day_bits: int
    base: int
