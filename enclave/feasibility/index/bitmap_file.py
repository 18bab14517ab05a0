"""Sets of persons in one file, each read when it is asked for."""

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from pyroaring import BitMap

from enclave.feasibility.index.blocks import checksum
from enclave.feasibility.index.cache import Cache
from enclave.feasibility.index.damage import damaged
from enclave.feasibility.index.members import Members, union


# Of the sets of one file. Of a million persons, one takes 131,072 at most.
_KEPT_BYTES = 32 << 20


class BitmapFile:
    """Bitmaps one behind the other in a file; processes share the pages.

    What was read last is kept, within a bound. Nobody may change it.

    Parameters
    ----------
    lies
        Where the first one begins, and where each stops; the checksum of each.
    persons
        How many there were when it was written: no ordinal is as high.
    among
        How many there are by now.
    """

    def __init__(
        self,
        file: np.ndarray,
        lies: tuple[np.ndarray, np.ndarray],
        persons: int,
        among: int,
    ) -> None:
        bounds, checks = lies
        self._file = file
        self._bounds: list[int] = bounds.tolist()
        self._checks: list[int] = checks.tolist()
        self._persons, self._among = persons, among
        self._cache = Cache(_KEPT_BYTES)

    def __getitem__(self, number: int) -> Members:
        """Return one set.

        Raises
        ------
        IntegrityError
            If it is damaged, or has somebody whom there is not.
        """
        kept: Members = self._cache.get(number, lambda: self._read(number), _bytes)
        return kept

    def union(self, name: Hashable, numbers: Callable[[], list[int]]) -> Members:
        """Return who is in any of some sets, which is kept under a name.

        Where codes begin alike, it is asked for again and again.
        """
        kept: Members = self._cache.get(
            ("union", name),
            lambda: union((self[number] for number in numbers()), self._among),
            _bytes,
        )
        return kept

    def check(self, number: int) -> Any:
        """Return the bytes of a bitmap, once they are known to be those written.

        Raises
        ------
        IntegrityError
            If they are not.
        """
        found = self._file[self._bounds[number] : self._bounds[number + 1]]
        if checksum(found) != self._checks[number]:
            raise damaged()
        return found

    def _read(self, number: int) -> Members:
        try:
            persons = BitMap.deserialize(self.check(number))
        except ValueError as error:
            raise damaged() from error
        if persons and persons.max() >= self._persons:
            raise damaged()
        return Members.of(persons, self._among)


def _bytes(made: Members) -> int:
    return made.nbytes
