"""One segment, opened: its lists of events, and who is in them."""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from pyroaring import BitMap

from enclave.cohort.codes import CodeList
from enclave.feasibility.index.arena import ARENA
from enclave.feasibility.index.bitmaps import BitmapFile, ordinals, union
from enclave.feasibility.index.details import Details
from enclave.feasibility.index.layout import SegmentManifest
from enclave.feasibility.index.packing import begin_of, find_begins, words_of
from enclave.feasibility.index.presence import Presence, presence_path
from enclave.feasibility.index.runs import runs_of
from enclave.feasibility.index.scanning import Rows
from enclave.feasibility.index.shards import Shard
from enclave.feasibility.index.writing import COLUMNS, OWN_DETAILS, detail_bits


# Days are numbers of 32 bits; sums of two of these are not.
FIRST_DAY, LAST_DAY = -(2**30), 2**30
ANY_DAY = FIRST_DAY, LAST_DAY


class Events(NamedTuple):
    """Events of one list, sorted: ordinals, days since 1970, details of the segment."""

    person: np.ndarray
    day: np.ndarray
    detail: np.ndarray


class Segment:
    """The events of one table, or of some of its files. Nothing ever changes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = SegmentManifest.model_validate_json(
            (folder / "segment.json").read_bytes()
        )
        lists = pq.read_table(folder / "lists.parquet")
        self.systems = lists["system"].to_pylist()
        self.codes = lists["code"].to_pylist()
        self.events_of = lists["events"].to_numpy()
        self._by_system = _by_system(self.systems)
        self.details = Details.read(folder / "details.parquet")
        own = lists["details"].to_numpy()
        self._detail_bits = [detail_bits(count) for count in own.tolist()]
        self._own_details = _mapped(folder / OWN_DETAILS, np.uint32)
        self._own_stops = _starts(own)
        self._columns = [_mapped(folder / name, np.uint64) for name in COLUMNS]
        self._starts = [
            _starts(words_of(self.events_of, width))
            for width in (1, self.manifest.day_bits, np.array(self._detail_bits))
        ]
        above = pq.read_table(folder / "ancestors.parquet")
        stops = [lists["bitmap_stop"].to_numpy(), above["bitmap_stop"].to_numpy()]
        self._bitmaps = BitmapFile(folder / "bitmaps", np.concatenate(stops))
        # The widest run that starts at a list comes first.
        self._ancestors = defaultdict(list)
        runs = zip(above["start"].to_pylist(), above["stop"].to_pylist(), strict=True)
        for number, (start, stop) in reversed([*enumerate(runs)]):
            self._ancestors[start].append((stop, len(self.codes) + number))
        self.presence_of = lru_cache(maxsize=None)(self._read_presence)

    def runs(self, codes: CodeList) -> list[range]:
        """Return the lists that a code list means."""
        return runs_of(codes, self._by_system, self.codes)

    def persons(self, run: range) -> BitMap:
        """Return who has an event in one of these lists."""
        parts, at = [], run.start
        while at < run.stop:
            stop, number = next(
                (each for each in self._ancestors.get(at, ()) if each[0] <= run.stop),
                (at + 1, at),
            )
            parts.append(self._bitmaps[number])
            at = stop
        return union(parts)

    def own_details(self, number: int) -> np.ndarray:
        """Return the details that a list has, by their numbers in the list."""
        start, stop = self._own_stops[number : number + 2]
        return self._own_details[start:stop]

    def same_details(self, number: int) -> np.ndarray:
        """Return for each detail of a list what is equal where two are one."""
        same: np.ndarray = self.details.same[self.own_details(number)]
        return same

    def rows(self, number: int, shard: Shard) -> Rows:
        """Return the part of a list that is about the persons of a shard."""
        who, events = ordinals(self._bitmaps[number]), int(self.events_of[number])
        firsts, days, details = (
            column[starts[number] :]
            for column, starts in zip(self._columns, self._starts, strict=True)
        )
        first, last, start, stop = 0, len(who), 0, events
        if not shard.is_everybody:
            ends = np.array([shard.start, shard.stop], who.dtype)
            first, last = map(int, np.searchsorted(who, ends))
            start = begin_of(firsts, first, events)
            stop = begin_of(firsts, last, events) if last < len(who) else events
        begins = ARENA.take(last - first + 1, np.uint32)
        find_begins(firsts, (start, stop), begins)
        return Rows(
            who[first:last],
            begins,
            days,
            details,
            self.manifest.day_bits,
            self._detail_bits[number],
            self.manifest.base,
        )

    def _read_presence(self, number: int) -> Presence:
        return Presence.read(presence_path(self.folder, number))


def _mapped(path: Path, kind: type[np.unsignedinteger[Any]]) -> np.ndarray:
    """Open a file of numbers, to be read only; processes share its pages."""
    return np.memmap(path, kind, "r").view(np.ndarray)


def _starts(lengths: np.ndarray) -> list[int]:
    """Return where each of several parts starts, and where the last one stops."""
    starts: list[int] = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    return starts


def _by_system(systems: list[str | None]) -> dict[str | None, range]:
    found: dict[str | None, range] = {}
    for number, system in enumerate(systems):
        start = found[system].start if system in found else number
        found[system] = range(start, number + 1)
    return found
