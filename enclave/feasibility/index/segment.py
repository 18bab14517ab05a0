"""One segment, opened: its lists of events, and who is in them."""

from collections import defaultdict
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from enclave.cohort.codes import CodeList
from enclave.feasibility.index.bitmap_file import BitmapFile
from enclave.feasibility.index.blocks import Blocks, checksum, rows_read
from enclave.feasibility.index.columns import OWN, OWN_STOP
from enclave.feasibility.index.damage import damaged, opening
from enclave.feasibility.index.details import Details
from enclave.feasibility.index.layout import SegmentManifest
from enclave.feasibility.index.members import Members
from enclave.feasibility.index.opening import open_columns
from enclave.feasibility.index.presence import Presence
from enclave.feasibility.index.runs import runs_of
from enclave.feasibility.index.writing import ANCESTORS, DETAILS, LISTS, SETS


# Days are numbers of 32 bits; sums of two of these are not.
FIRST_DAY, LAST_DAY = -(2**30), 2**30
ANY_DAY = FIRST_DAY, LAST_DAY


class Events(NamedTuple):
    """Events of one list, sorted: ordinals, days since 1970, details of the segment."""

    person: np.ndarray
    day: np.ndarray
    detail: np.ndarray


class Segment:
    """The events of one table, or of some of its files. Nothing ever changes it.

    Parameters
    ----------
    among
        How many persons the index is about; no more than when it was written where
        that is not said.
    """

    @opening()
    def __init__(self, path: Path, among: int = 0) -> None:
        self.path = path
        self._blocks = blocks = Blocks(path)
        self.manifest = SegmentManifest.model_validate(blocks.document)
        lists, above = (rows_read(blocks.block(name)) for name in (LISTS, ANCESTORS))
        self.systems = lists["system"].to_pylist()
        self.codes = lists["code"].to_pylist()
        self._by_system = _by_system(self.systems)
        self.details = Details(rows_read(blocks.block(DETAILS)))
        lengths, checks = (
            np.concatenate([each[name].to_numpy() for each in (lists, above)])
            for name in ("set_length", "set_check")
        )
        bounds = blocks.lies(SETS)[0] + np.concatenate([[0], np.cumsum(lengths)])
        persons = self.manifest.persons.count
        self._bitmaps = BitmapFile(
            blocks.file, (bounds, checks), persons, max(among, persons)
        )
        self.columns, self._words = open_columns(blocks, self.manifest, lists, bounds)
        self._checks = lists["check"].to_pylist()
        self._unchecked = np.ones(len(lists), np.bool_)
        # The widest run that starts at a list comes first.
        self._ancestors = defaultdict(list)
        runs = zip(above["start"].to_pylist(), above["stop"].to_pylist(), strict=True)
        for number, (start, stop) in reversed([*enumerate(runs)]):
            if not start < stop <= len(self.codes):
                raise damaged()  # whoever follows it would not come to an end
            self._ancestors[start].append((stop, len(self.codes) + number))
        # Not a cached method: that would hold its segment, and the files of it.
        self._presences: dict[int, Presence] = {}

    def runs(self, codes: CodeList) -> list[range]:
        """Return the lists that a code list means."""
        return runs_of(codes, self._by_system, self.codes)

    def persons(self, run: range) -> Members:
        """Return who has an event in one of these lists."""
        if len(run) == 1:
            return self._bitmaps[run.start]
        return self._bitmaps.union(run, lambda: self._cover(run))

    def _cover(self, run: range) -> list[int]:
        """Return the fewest sets that together are those of some lists."""
        numbers, at = [], run.start
        while at < run.stop:
            at, number = next(
                (each for each in self._ancestors.get(at, ()) if each[0] <= run.stop),
                (at + 1, at),
            )
            numbers.append(number)
        return numbers

    def check(self, numbers: np.ndarray) -> None:
        """Make sure that some lists, and who is in them, are as they were written.

        That is looked at when a list is first asked for: nobody waits for what nobody
        asks, and nothing is answered from what was not looked at.

        Raises
        ------
        IntegrityError
            If one is not.
        """
        new = numbers[self._unchecked[numbers]]
        for number in new.tolist():
            words = self._blocks.file[self._words[number] : self._words[number + 1]]
            if checksum(words) != self._checks[number]:
                raise damaged()
            self._bitmaps.check(number)
        self._unchecked[new] = False

    @cached_property
    def most_details(self) -> int:
        """Return how many details the list with the most of them has."""
        lists = self.columns.lists
        return int((lists[:, OWN_STOP] - lists[:, OWN]).max(initial=0))

    def presence_of(self, number: int) -> Presence:
        """Return who has values of a variable, by the number of the variable."""
        if number not in self._presences:
            self._presences[number] = Presence.read(self._blocks, number)
        return self._presences[number]


def _by_system(systems: list[str | None]) -> dict[str | None, range]:
    found: dict[str | None, range] = {}
    for number, system in enumerate(systems):
        start = found[system].start if system in found else number
        found[system] = range(start, number + 1)
    return found
