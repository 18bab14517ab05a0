"""Sets of persons in one file, each read when it is asked for."""

import mmap
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from pyroaring import BitMap


# A union of two bitmaps costs less than keeping it.
_FEWEST_LISTS = 3


def bitmap(ordinals: np.ndarray) -> BitMap:
    """Return the set of some ordinals."""
    found: Any = np.ascontiguousarray(ordinals, dtype=np.uint32)
    return BitMap(memoryview(found))


def ordinals(persons: BitMap) -> np.ndarray:
    """Return the ordinals of a set, ascending."""
    return np.asarray(persons.to_array())


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
        self._mapped: mmap.mmap | None = None
        if len(stops):
            with path.open("rb") as file:
                self._mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, number: int) -> BitMap:
        """Return one bitmap."""
        if self._mapped is None:
            raise IndexError(number)
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
