"""One segment, opened: its lists of events, and who is in them."""

import threading
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow.parquet as pq
from pyroaring import BitMap

from enclave.cohort.codes import CodeList
from enclave.feasibility.index.bitmaps import BitmapFile, ordinals
from enclave.feasibility.index.details import NO_LOOKUP, Details
from enclave.feasibility.index.layout import SegmentManifest
from enclave.feasibility.index.packing import read, spans, words_of
from enclave.feasibility.index.presence import Presence, presence_path
from enclave.feasibility.index.runs import runs_of
from enclave.feasibility.index.writing import COLUMNS, OWN_DETAILS, detail_bits


FIRST_DAY, LAST_DAY = -(2**40), 2**40
# Events that are read at a time: what is written of them stays near the processor.
_CHUNK = 1 << 15


class Window(NamedTuple):
    """Days from one to another after each person's origin, both included."""

    origin: np.ndarray
    from_days: int
    to_days: int


NO_WINDOW = Window(np.empty(0, dtype=np.int32), FIRST_DAY, LAST_DAY)


class Asked(NamedTuple):
    """Which events of a list are meant.

    Attributes
    ----------
    persons
        Per ordinal whether the person is; empty for everybody.
    first_day, last_day
        Since 1970.
    details
        Whether the numbers of the details are wished for.
    once
        Whether the first event of each person is enough; now and then there are more.
    """

    persons: np.ndarray = NO_LOOKUP
    first_day: int = FIRST_DAY
    last_day: int = LAST_DAY
    window: Window = NO_WINDOW
    details: bool = False
    once: bool = False


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
        return parts[0] if len(parts) == 1 else BitMap.union(BitMap(), *parts)

    def own_details(self, number: int) -> np.ndarray:
        """Return the details that a list has, by their numbers in the list."""
        start, stop = self._own_stops[number : number + 2]
        return self._own_details[start:stop]

    def events(
        self, number: int, asked: Asked, allowed: np.ndarray = NO_LOOKUP
    ) -> Events:
        """Return the events of one list that are meant.

        Parameters
        ----------
        allowed
            Per detail of the segment whether it is meant; empty where each is.
        """
        own = self.own_details(number)
        if len(allowed):
            allowed = allowed[own]
            if not allowed.any():
                return _NOTHING
            if allowed.all():
                allowed = NO_LOOKUP
        person, day, detail = self._read(number, asked, allowed)
        return Events(person, day, own[detail] if asked.details else detail)

    def _read(self, number: int, asked: Asked, allowed: np.ndarray) -> Events:
        who = ordinals(self._bitmaps[number])
        base, events = self.manifest.base, int(self.events_of[number])
        firsts, days, details = (
            column[starts[number] :]
            for column, starts in zip(self._columns, self._starts, strict=True)
        )
        widths = self.manifest.day_bits, self._detail_bits[number]
        origin, from_days, to_days = asked.window
        window = origin, from_days - base, to_days - base
        meant = allowed, asked.first_day - base, asked.last_day - base, asked.once
        parts, persons = [], 0
        places, out = _room(details=asked.details)
        for start in range(0, events, _CHUNK):
            part = start, min(start + _CHUNK, events), persons
            count, persons = spans(who, firsts, part, asked.persons, places)
            some = tuple(each[:count] for each in places)
            found = read(some, (days, details), widths, meant, window, out)
            if found:
                parts.append(tuple(column[:found].copy() for column in out))
        return _joined(parts, base)

    def _read_presence(self, number: int) -> Presence:
        return Presence.read(presence_path(self.folder, number))


_NOTHING = Events(np.empty(0, np.uint32), np.empty(0, np.int32), np.empty(0, np.uint32))
_Three = tuple[np.ndarray, np.ndarray, np.ndarray]
_scratch = threading.local()


def _joined(parts: list[tuple[np.ndarray, ...]], base: int) -> Events:
    if not parts:
        return _NOTHING
    person, day, detail = (
        parts[0] if len(parts) == 1 else map(np.concatenate, zip(*parts, strict=True))
    )
    day += np.int32(base)
    return Events(person, day, detail)


def _room(*, details: bool) -> tuple[_Three, _Three]:
    """Return room for the persons and the events of a part, used again and again."""
    if getattr(_scratch, "size", 0) < _CHUNK:
        _scratch.size = _CHUNK
        kinds = (np.uint32, np.int64, np.int64), (np.uint32, np.int32, np.uint32)
        _scratch.room = [[np.empty(_CHUNK, kind) for kind in each] for each in kinds]
    places, (person, day, detail) = _scratch.room
    return tuple(places), (person, day, detail if details else detail[:0])


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
