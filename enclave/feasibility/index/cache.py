"""What was worked out before, as long as it fits into a bound of bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from sys import getsizeof
from threading import Lock
from typing import Any


class Cache:
    """Results by key; what was not asked for longest goes first.

    Parameters
    ----------
    bound
        Bytes that all results and their keys together may take.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def bytes(self) -> int:
        """How many bytes the results and their keys take."""
        return self._bytes

    def get(
        self, key: Hashable, make: Callable[[], Any], size: Callable[[Any], int]
    ) -> Any:
        """Return the result for a key, made now if it is not there.

        Two threads may make the same one at once; that costs time and nothing else.
        """
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][0]
        made = make()
        taken = size(made) + _letters(key)
        with self._lock:
            if key not in self._held and taken <= self._bound:
                self._held[key] = (made, taken)
                self._bytes += taken
            while self._bytes > self._bound:
                _, (_, freed) = self._held.popitem(last=False)
                self._bytes -= freed
        return made

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
            self._bytes = 0


def _letters(key: Hashable) -> int:
    """Return the bytes of the texts in a key; lists of codes make long ones."""
    if isinstance(key, tuple):
        return sum(map(_letters, key))
    return getsizeof(key) if isinstance(key, str) else 0
