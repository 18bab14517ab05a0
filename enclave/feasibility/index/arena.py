"""Memory that the loops of one question after another write into.

New memory costs more than what is written into it: the system clears each page.
"""

import threading
from typing import Any

import numpy as np


_FIRST_BYTES = 1 << 24
_MOST_BYTES = 1 << 28
# What lies together in the processor.
_LINE = 64


class Arena(threading.local):
    """Room for arrays that nobody needs after :meth:`clear`; each thread has its own.

    What does not fit is new memory, and the room grows to hold as much the next time.
    """

    def __init__(self) -> None:
        self._room = np.empty(_FIRST_BYTES, np.uint8)
        self._used = self._wished = 0

    def clear(self) -> None:
        """Give all arrays back."""
        if self._wished > len(self._room):
            self._room = np.empty(min(2 * self._wished, _MOST_BYTES), np.uint8)
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


ARENA = Arena()
