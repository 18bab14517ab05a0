"""Numbers for what a build meets for the first time, while it streams."""

import hashlib
from functools import cached_property
from typing import Any

import numpy as np

from enclave.feasibility.index.layout import PersonsManifest
from enclave.feasibility.index.scattering import (
    FREE,
    NOBODY,
    number_details,
    number_keys,
)


# A table of keys with more holes than this is not worth its memory.
_HOLES = 16


class Ordinals:
    """The ordinal of each person key.

    Parameters
    ----------
    keys
        Person keys by ordinal, which ascend.
    """

    def __init__(self, keys: np.ndarray) -> None:
        self.keys = keys
        self._lowest = int(keys[0]) if len(keys) else 0
        span = int(keys[-1]) - self._lowest + 1 if len(keys) else 0
        self._table: np.ndarray | None = None
        if span <= _HOLES * max(len(keys), 1):
            self._table = np.full(span + 2, NOBODY, dtype=np.uint32)
            # Whatever lies outside is looked up at one of the two ends.
            number_keys(keys, self._lowest - 1, self._table)

    def __len__(self) -> int:
        """Return how many persons there are."""
        return len(self.keys)

    @cached_property
    def identity(self) -> PersonsManifest:
        """Whom the ordinals stand for, without a key."""
        return self.identity_of(len(self))

    def identity_of(self, count: int) -> PersonsManifest:
        """Return whom the first ordinals stand for."""
        keys: Any = np.ascontiguousarray(self.keys[:count], "<i8")
        return PersonsManifest(count=len(keys), digest=hashlib.sha256(keys).hexdigest())

    def of(self, persons: np.ndarray) -> np.ndarray:
        """Return the ordinals of some keys, and of a key of nobody the mark for it."""
        if self._table is not None:
            places = persons - (self._lowest - 1)
            return self._table.take(places, mode="clip")
        places = np.searchsorted(self.keys, persons)
        known = self.keys.take(places, mode="clip") == persons
        return np.where(known, places, NOBODY).astype(np.uint32)


class Numbering:
    """Numbers for pairs of a value and the rest of a detail, as they come."""

    def __init__(self) -> None:
        self._values = np.empty(0, dtype=np.uint64)
        self._rests = np.empty(0, dtype=np.uint32)
        self._slots = np.empty(0, dtype=np.uint32)
        self.count = 0

    @property
    def values(self) -> np.ndarray:
        """The value of each number."""
        return self._values[: self.count].view(np.float64)

    @property
    def rests(self) -> np.ndarray:
        """The rest of each number."""
        return self._rests[: self.count]

    def numbers(self, values: np.ndarray, rests: np.ndarray) -> np.ndarray:
        """Return the number of each pair; a new pair has the next one."""
        self._make_room(self.count + len(values))
        numbers = np.empty(len(values), dtype=np.uint32)
        self.count = number_details(
            values.view(np.uint64),
            rests,
            self._slots,
            (self._values, self._rests),
            self.count,
            numbers,
        )
        return numbers

    def _make_room(self, most: int) -> None:
        if most <= len(self._values):
            return
        room = 1 << most.bit_length()
        known = self.values.copy(), self.rests.copy()
        self._values = np.zeros(room, dtype=np.uint64)
        self._rests = np.zeros(room, dtype=np.uint32)
        self._slots = np.full(2 * room, FREE, dtype=np.uint32)
        if self.count:
            self.count = 0
            self.numbers(*known)
