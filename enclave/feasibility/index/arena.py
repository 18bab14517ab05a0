"""Memory that the loops of one question after another write into.

New memory costs more than what is written into it: the system clears each page.
"""

import threading
from typing import Any
from weakref import WeakValueDictionary

import numpy as np


_FIRST_BYTES = 1 << 24
_MOST_BYTES = 1 << 28
# Of all threads together, however many a server has.
_MOST_IN_ALL = 1 << 29
# What lies together in the processor.
_LINE = 64

Room = np.ndarray[Any, np.dtype[np.uint8]]


class Rooms:
    """The rooms of all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rooms: WeakValueDictionary[int, Room] = WeakValueDictionary()

    @property
    def size(self) -> int:
        """How many bytes they have together."""
        return sum(len(room) for room in self._rooms.values())

    def instead_of(self, room: Room, wished: int) -> Room:
        """Return a larger room, or this one if there is nothing left to give."""
        with self._lock:
            left = _MOST_IN_ALL - self.size
            if id(room) in self._rooms:
                left += len(room)
            granted = min(wished, _MOST_BYTES, left)
            if granted <= len(room):
                return room
            larger = np.empty(granted, np.uint8)
            self._rooms[id(larger)] = larger
            self._rooms.pop(id(room), None)
            return larger


class Arena(threading.local):
    """Room for arrays that nobody needs after :meth:`clear`; each thread has its own.

    What does not fit is new memory, and the room grows to hold as much the next time,
    as far as the rooms of all threads leave it. That of a thread which ended is free.
    """

    def __init__(self) -> None:
        self._room = np.empty(0, np.uint8)
        self._used = 0
        self._wished = _FIRST_BYTES // 2
        self.clear()

    def clear(self) -> None:
        """Give all arrays back."""
        if self._wished > len(self._room):
            self._room = _ROOMS.instead_of(self._room, 2 * self._wished)
        self._used = self._wished = 0

    def take(self, length: int, kind: type[np.generic]) -> np.ndarray[Any, Any]:
        """Return an array of whatever was there before."""
        size = length * np.dtype(kind).itemsize
        lines = -(-size // _LINE) * _LINE
        self._wished += lines
        if self._used + lines > len(self._room):
            return np.empty(length, kind)
        taken = self._room[self._used : self._used + size].view(kind)
        self._used += lines
        return taken

    def zeros(self, length: int, kind: type[np.generic]) -> np.ndarray[Any, Any]:
        """Return an array of zeros."""
        taken = self.take(length, kind)
        taken.fill(0)
        return taken


_ROOMS = Rooms()
ARENA = Arena()
