"""One segment, opened: its lists of events, and who is in them."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from pyroaring import BitMap

from enclave.cohort.codes import CodeList
from enclave.cohort.criteria import EventCriterion
from enclave.feasibility.index.bitmaps import BitmapFile
from enclave.feasibility.index.kernels import (
    NEVER,
    earliest,
    gather_days,
    near,
    number_of,
    tally,
)
from enclave.feasibility.index.layout import SegmentManifest
from enclave.feasibility.index.persons import column
from enclave.feasibility.index.presence import Presence, read_presence
from enclave.feasibility.index.results import NO_LOOKUP, Results
from enclave.feasibility.index.runs import runs_of
from enclave.feasibility.index.shards import Shard


_EPOCH = date(1970, 1, 1)
FIRST_DAY, LAST_DAY = -(2**40), 2**40
Events = tuple[np.ndarray, np.ndarray, np.ndarray]
# Where each person's anchors stop, their days, and the first and last day after one.
Anchors = tuple[np.ndarray, np.ndarray, int, int]
Window = tuple[np.ndarray, int, int]
NO_WINDOW: Window = (np.empty(0, dtype=np.int32), FIRST_DAY, LAST_DAY)


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
        self.persons_of = lists["persons"].to_numpy()
        self._bounds = np.concatenate([[0], lists["stop"].to_numpy()]).tolist()
        self._by_system = _by_system(self.systems)
        self._person = column(folder / "person.npy")
        self._day = column(folder / "day.npy")
        self.results = Results.read(folder / "results.parquet")
        self._result = (
            column(folder / "result.npy")
            if len(self.results) > 1
            else np.empty(0, dtype=np.uint16)
        )
        above = pq.read_table(folder / "ancestors.parquet")
        stops = [lists["bitmap_stop"].to_numpy(), above["bitmap_stop"].to_numpy()]
        self._bitmaps = BitmapFile(folder / "bitmaps", np.concatenate(stops))
        # The widest run that starts at a list comes first.
        self._ancestors = defaultdict(list)
        for number in range(len(above) - 1, -1, -1):
            start, stop = above["start"][number].as_py(), above["stop"][number].as_py()
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

    def tally(
        self,
        run: range,
        criterion: EventCriterion,
        window: Window,
        counts: np.ndarray,
        shard: Shard,
    ) -> None:
        """Count different events of these lists that a criterion means, per person."""
        allowed = self.allowed(criterion)
        if allowed is None:
            return
        days = days_of(criterion)
        for number in run:
            for events in self._pieces(range(number, number + 1), shard):
                tally(events, self.manifest.base, allowed, days, window, counts)

    def earliest(
        self, run: range, criterion: EventCriterion, first: np.ndarray, shard: Shard
    ) -> None:
        """Lower each person's first day to the first event that is meant."""
        allowed = self.allowed(criterion)
        if allowed is not None:
            for events in self._pieces(run, shard):
                base, days = self.manifest.base, days_of(criterion)
                earliest(events, base, allowed, days, first)

    def number_of(
        self, run: range, criterion: EventCriterion, counts: np.ndarray, shard: Shard
    ) -> None:
        """Count the events of these lists that a criterion means, per person."""
        allowed = self.allowed(criterion)
        if allowed is not None:
            for events in self._pieces(run, shard):
                days = self._days(criterion)
                number_of(events, allowed, days, (counts, shard.start))

    def gather_days(
        self,
        run: range,
        criterion: EventCriterion,
        places: tuple[np.ndarray, np.ndarray],
        shard: Shard,
    ) -> None:
        """Put the days of these events behind the last ones of their persons."""
        allowed = self.allowed(criterion)
        if allowed is not None:
            for events in self._pieces(run, shard):
                base, days = self.manifest.base, self._days(criterion)
                where = (*places, shard.start)
                gather_days(events, base, allowed, days, where)

    def near(
        self,
        run: range,
        criterion: EventCriterion,
        anchors: Anchors,
        met: np.ndarray,
        shard: Shard,
    ) -> None:
        """Mark who has an event that is meant within days of one of their anchors."""
        allowed = self.allowed(criterion)
        if allowed is not None:
            for events in self._pieces(run, shard):
                base, days = self.manifest.base, self._days(criterion)
                near(events, base, allowed, days, (*anchors, shard.start), met)

    def number_in(self, run: range) -> int:
        """Return how many events these lists hold."""
        return int(self._bounds[run.stop] - self._bounds[run.start])

    def rows(
        self, number: int, criterion: EventCriterion, window: Window
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return person, day and result of the events of one list that are meant."""
        start, stop = self._bounds[number : number + 2]
        person, day, result = self._events(start, stop)
        today = day.astype(np.int64) + self.manifest.base
        if not len(result):
            result = np.zeros(len(person), dtype=np.uint16)
        lowest, highest = days_of(criterion)
        meant = (today >= lowest) & (today <= highest)
        allowed = self.allowed(criterion)
        if allowed is None:
            meant[:] = False
        elif len(allowed):
            meant &= allowed[result]
        origin, from_days, to_days = window
        if len(origin):
            start_day = origin[person].astype(np.int64)
            after = today - start_day
            meant &= (start_day != NEVER) & (after >= from_days) & (after <= to_days)
        return person[meant], today[meant], result[meant]

    def allowed(self, criterion: EventCriterion) -> np.ndarray | None:
        """Return per result whether it is meant, empty if all, ``None`` if none is."""
        if criterion.value is None:
            return NO_LOOKUP
        met = self.results.meeting(criterion.value)
        if not met.any():
            return None
        return NO_LOOKUP if met.all() else met

    def _days(self, criterion: EventCriterion) -> tuple[int, int]:
        """Return the days that count, as the column has them."""
        lowest, highest = days_of(criterion)
        return lowest - self.manifest.base, highest - self.manifest.base

    def _pieces(self, run: range, shard: Shard) -> Iterator[Events]:
        """Yield the events of these lists that are of the shard's persons."""
        if shard.is_everybody:
            yield self._events(self._bounds[run.start], self._bounds[run.stop])
            return
        # Of the column's own type, or numpy would convert the column.
        ends = np.array([shard.start, shard.stop], dtype=self._person.dtype)
        for start, stop in pairwise(self._bounds[run.start : run.stop + 1]):
            first, last = np.searchsorted(self._person[start:stop], ends)
            yield self._events(start + int(first), start + int(last))

    def _events(self, start: int, stop: int) -> Events:
        # A table with one result has no column of them, and an empty one stays empty.
        result = self._result[start:stop]
        return self._person[start:stop], self._day[start:stop], result

    def _read_presence(self, number: int) -> Presence:
        return read_presence(self.folder, number)


def days_of(criterion: EventCriterion) -> tuple[int, int]:
    """Return the first and the last day, since 1970, on which an event may begin."""
    dates = criterion.dates
    start = dates.start if dates else None
    end = dates.end if dates else None
    return (
        FIRST_DAY if start is None else (start - _EPOCH).days,
        LAST_DAY if end is None else (end - _EPOCH).days,
    )


def _by_system(systems: list[str | None]) -> dict[str | None, range]:
    found: dict[str | None, range] = {}
    for number, system in enumerate(systems):
        start = found[system].start if system in found else number
        found[system] = range(start, number + 1)
    return found
