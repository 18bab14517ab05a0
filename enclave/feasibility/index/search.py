"""Find the persons of a question in an index.

The meaning is that of ``docs/reference/question.md``, which
:mod:`enclave.cohort.evaluation` implements for engines. Every criterion becomes the set
of persons who meet it, whoever else the question leaves out, so that it can be kept and
used again when another part of the question changes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import reduce
from operator import and_

import numpy as np
from pyroaring import BitMap

from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Criterion,
    EventCriterion,
    Not,
    Within,
)
from enclave.cohort.question import Question
from enclave.feasibility.index.anchors import Lists, around
from enclave.feasibility.index.bitmaps import bitmap
from enclave.feasibility.index.demography import belonging
from enclave.feasibility.index.index import Found, Index
from enclave.feasibility.index.kernels import NEVER
from enclave.feasibility.index.segment import (
    FIRST_DAY,
    LAST_DAY,
    NO_WINDOW,
    Segment,
    Window,
)
from enclave.feasibility.index.shards import Shard, in_shards


# Bytes of a set of nobody, about.
_OVERHEAD = 64


def find(question: Question, index: Index) -> Found:
    """Find the cohort of a question of which the index knows every part."""
    search = _Search(question, index)
    sets = [search.population(), *map(search.persons, question.criteria)]
    # The smallest first: what is out is out. That everybody is in says nothing.
    sets = [each for each in sets if each is not index.everybody]
    persons = reduce(and_, sorted(sets, key=len)) if sets else index.everybody
    return Found(persons, search.first)


class _Search:
    def __init__(self, question: Question, index: Index) -> None:
        self._question = question
        self._index = index
        self._origin = _key(question.index) if question.index else ""
        self.first = self._first(question.index) if question.index else None

    def population(self) -> BitMap:
        population = self._question.population
        return self._kept(
            "population",
            f"{self._origin} {population.model_dump_json(exclude_none=True)}",
            lambda: belonging(population, self._index, self._with_index(), self.first),
        )

    def _with_index(self) -> BitMap:
        """Return who has an index event, or everybody if there is none."""
        if self._question.index is None:
            return self._index.everybody
        return self.persons(self._question.index)

    def persons(self, criterion: Criterion) -> BitMap:
        match criterion:
            case EventCriterion():
                return self._kept(
                    "events",
                    _key(criterion),
                    lambda: self._with_events(criterion, NO_WINDOW),
                )
            case Within():
                return self._kept(
                    "window",
                    f"{self._origin} {_key(criterion)}",
                    lambda: self._with_events(
                        criterion.criterion, self._window(criterion)
                    ),
                )
            case Around():
                return self._kept(
                    "around",
                    _key(criterion),
                    lambda: around(
                        criterion,
                        self._lists(criterion.anchor),
                        self._lists(criterion.criterion),
                        len(self._index),
                    ),
                )
            case _:
                return self._combined(criterion)

    def _combined(self, criterion: Criterion) -> BitMap:
        match criterion:
            case AnyOf(criteria=parts):
                return BitMap.union(*map(self.persons, parts))
            case AllOf(criteria=parts):
                return BitMap.intersection(*map(self.persons, parts))
            case AtLeastOf(number=number, criteria=parts):
                return _at_least(number, map(self.persons, parts), self._index)
            case Not(criterion=part):
                return self._index.everybody - self.persons(part)
            case _:
                raise ValueError(f"The index does not know {criterion.kind}.")

    def _kept(self, kind: str, key: str, make: Callable[[], BitMap]) -> BitMap:
        kept: BitMap = self._index.cache.get((kind, key), make, _bytes)
        return kept

    def _first(self, criterion: EventCriterion) -> np.ndarray:
        def make() -> np.ndarray:
            first = np.full(len(self._index), NEVER, dtype=np.int32)
            lists = self._lists(criterion)

            def work(shard: Shard) -> None:
                for segment, run in lists:
                    segment.earliest(run, criterion, first, shard)

            _in_shards(work, lists, len(first))
            return first

        key = ("first", _key(criterion))
        first: np.ndarray = self._index.cache.get(key, make, lambda made: made.nbytes)
        return first

    def _window(self, window: Within) -> Window:
        assert self.first is not None  # noqa: S101 - a question with windows has one
        lower, upper = window.from_days, window.to_days
        return (
            self.first,
            FIRST_DAY if lower is None else lower,
            LAST_DAY if upper is None else upper,
        )

    def _places(self, criterion: EventCriterion) -> list[tuple[Segment, list[range]]]:
        return [
            (segment, segment.runs(criterion.codes))
            for segment in self._index.segments
            if criterion.table in (None, segment.manifest.table)
        ]

    def _lists(self, criterion: EventCriterion) -> Lists:
        return [
            (segment, run) for segment, runs in self._places(criterion) for run in runs
        ]

    def _with_events(self, criterion: EventCriterion, window: Window) -> BitMap:
        places = self._places(criterion)
        if _is_plain(criterion) and criterion.at_least == 1 and window is NO_WINDOW:
            sets = [seg.persons(run) for seg, runs in places for run in runs]
            return sets[0] if len(sets) == 1 else BitMap.union(BitMap(), *sets)
        counts = np.zeros(len(self._index), dtype=np.uint16)
        shared = _shared(places) if criterion.at_least > 1 else {}
        parts = [
            (segment, part)
            for segment, runs in places
            for run in runs
            for part in _apart(segment, run, shared)
        ]

        def work(shard: Shard) -> None:
            for segment, part in parts:
                segment.tally(part, criterion, window, counts, shard)

        _in_shards(work, parts, len(counts))
        for lists in shared.values():
            _tally_once(lists, criterion, window, counts)
        return bitmap(np.flatnonzero(counts >= criterion.at_least))


def _in_shards(work: Callable[[Shard], None], lists: Lists, persons: int) -> None:
    in_shards(
        work,
        persons=persons,
        events=sum(segment.number_in(run) for segment, run in lists),
        lists=sum(len(run) for _, run in lists),
    )


def _is_plain(criterion: EventCriterion) -> bool:
    return criterion.value is None and criterion.dates is None


def _at_least(number: int, sets: Iterable[BitMap], index: Index) -> BitMap:
    # At each place, who is in at least so many of the sets seen until then.
    in_so_many = [index.everybody, *(BitMap() for _ in range(number))]
    for each in sets:
        for place in range(number, 0, -1):
            in_so_many[place] |= in_so_many[place - 1] & each
    return in_so_many[number]


Shared = dict[tuple[str | None, str], list[tuple[Segment, int]]]


def _shared(places: list[tuple[Segment, list[range]]]) -> Shared:
    """Return the codes that several segments have: an event may stand in each."""
    lists: Shared = defaultdict(list)
    if len([runs for _, runs in places if runs]) > 1:
        for segment, runs in places:
            for number in (number for run in runs for number in run):
                key = (segment.systems[number], segment.codes[number])
                lists[key].append((segment, number))
    return {key: found for key, found in lists.items() if len(found) > 1}


def _apart(segment: Segment, run: range, shared: Shared) -> list[range]:
    """Split a run at the lists that other segments have too, and leave those out."""
    if not shared:
        return [run]
    return [
        range(number, number + 1)
        for number in run
        if (segment.systems[number], segment.codes[number]) not in shared
    ]


def _tally_once(
    lists: list[tuple[Segment, int]],
    criterion: EventCriterion,
    window: Window,
    counts: np.ndarray,
) -> None:
    """Count the different events of one code in several segments."""
    numbers: dict[str, int] = {}
    parts = []
    for segment, number in lists:
        person, day, result = segment.rows(number, criterion, window)
        different, where = np.unique(result, return_inverse=True)
        texts = segment.results.texts(different)
        same = [numbers.setdefault(text, len(numbers)) for text in texts]
        parts.append(np.stack([person, day, np.array(same, np.int64)[where]]))
    events = np.unique(np.concatenate(parts, axis=1), axis=1)
    found = np.bincount(events[0], minlength=len(counts)) + counts
    np.copyto(counts, np.minimum(found, 65_535).astype(np.uint16))


def _key(criterion: Criterion) -> str:
    return criterion.model_dump_json(exclude_none=True)


def _bytes(persons: BitMap) -> int:
    found = persons.get_statistics()
    return (
        found["n_bytes_array_containers"]
        + found["n_bytes_run_containers"]
        + found["n_bytes_bitset_containers"]
        + _OVERHEAD
    )
