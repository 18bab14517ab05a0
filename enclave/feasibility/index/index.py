"""The index of a snapshot, opened, and what it finds."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from pyroaring import BitMap

from enclave.cohort.node import EARLIEST, LATEST
from enclave.feasibility.index.cache import Cache
from enclave.feasibility.index.calendar import Calendar, days_since_1970
from enclave.feasibility.index.damage import opening
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.layout import IndexManifest
from enclave.feasibility.index.members import Members, everybody
from enclave.feasibility.index.persons import Persons
from enclave.feasibility.index.segment import Segment


# Some thousand criteria of a million persons each.
_CACHE_BYTES = 256 << 20


@dataclass(frozen=True)
class Found:
    """The cohort of a question.

    Attributes
    ----------
    first
        Index date of every ordinal, in days since 1970; only those of the members
        count. ``None`` where the question has no index event.
    """

    members: Members
    first: np.ndarray | None

    @property
    def persons(self) -> BitMap:
        """The ordinals of the cohort."""
        return self.members.bitmap


class Index:
    """The index of one snapshot. It may be used from several threads."""

    def __init__(self, persons: Persons, segments: list[Segment]) -> None:
        self.persons = persons
        self.segments = segments
        self.everybody = everybody(len(persons))
        self.cache = Cache(_CACHE_BYTES)

    @classmethod
    @opening()
    def read(cls, folder: Path, manifest: IndexManifest) -> "Index":
        """Open the index that a manifest describes."""
        persons, segments = (
            Persons.read(folder / "persons" / manifest.persons),
            folder / "segments",
        )
        return cls(
            persons,
            [Segment(segments / name, len(persons)) for name in manifest.segments],
        )

    @cached_property
    def calendar(self) -> Calendar:
        """All days that a question may name, of birth, of events, and between."""
        days = [days_since_1970(EARLIEST), days_since_1970(LATEST)]
        births = self.persons.birth[self.persons.birth != NEVER]
        if len(births):
            days += [int(births.min()), int(births.max())]
        for segment in self.segments:
            base = segment.manifest.base
            days += [base, base + (1 << segment.manifest.day_bits)]
        return Calendar.of(min(days), max(days))

    @cached_property
    def births(self) -> np.ndarray:
        """Day of birth of every ordinal as the calendar writes it, or never."""
        known = self.persons.birth != NEVER
        births = np.full(len(known), NEVER, dtype=np.int32)
        days = self.persons.birth[known] - np.int32(self.calendar.first)
        births[known] = self.calendar.written[days]
        return births

    def __len__(self) -> int:
        """Return how many persons there are."""
        return len(self.persons)
