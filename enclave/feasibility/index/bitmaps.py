"""Sets of persons in one file, each read when it is asked for."""

from array import array
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap


# A union of fewer bitmaps costs less time than keeping it costs disk.
_FEWEST_LISTS = 16


def bitmap(ordinals: np.ndarray) -> BitMap:
    """Return the set of some ordinals."""
    # Of all that it takes, this is what it reads fastest.
    found = array("I", np.ascontiguousarray(ordinals, dtype=np.uint32).tobytes())
    return BitMap(found)


def ordinals(persons: BitMap) -> np.ndarray:
    """Return the ordinals of a set, ascending."""
    return np.asarray(persons.to_array())


def members(persons: BitMap, count: int) -> np.ndarray:
    """Return per ordinal of so many whether it is in a set."""
    inside = np.zeros(count, dtype=np.bool_)
    inside[ordinals(persons)] = True
    return inside


def those(inside: np.ndarray) -> BitMap:
    """Return the set of the ordinals that are inside."""
    return bitmap(np.flatnonzero(inside))


class BitmapWriter:
    """Writes bitmaps one behind the other, and remembers where each one lies."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self.stops: list[int] = []

    def append(self, persons: BitMap) -> None:
        """Write one bitmap."""
        persons.run_optimize()
        self._file.write(persons.serialize())
        self.stops.append(self._file.tell())

    def close(self) -> None:
        """Write out what is left."""
        self._file.close()


class BitmapFile:
    """Bitmaps as :class:`BitmapWriter` wrote them; processes share the pages."""

    def __init__(self, path: Path, stops: np.ndarray) -> None:
        self._starts = np.concatenate([[0], stops])
        self._mapped: Any = np.empty(0, np.uint8)
        if len(stops):
            self._mapped = np.memmap(path, np.uint8, "r").view(np.ndarray)

    def __getitem__(self, number: int) -> BitMap:
        """Return one bitmap."""
        start, stop = self._starts[number : number + 2]
        return BitMap.deserialize(self._mapped[int(start) : int(stop)])


def ancestors(systems: Sequence[str | None], codes: Sequence[str]) -> list[range]:
    """Return the runs of lists whose codes begin alike, each once.

    The lists are sorted by code system and code, so that the codes below a prefix are
    neighbours.
    """
    found = set()
    for length in range(1, max(map(len, codes), default=0)):
        for _, group in groupby(
            range(len(codes)),
            key=lambda number: (systems[number], codes[number][:length]),
        ):
            members = list(group)
            if len(members) >= _FEWEST_LISTS:
                found.add((members[0], members[-1] + 1))
    return [range(start, stop) for start, stop in sorted(found)]
