"""Find the persons of a question in an index.

The meaning is that of ``docs/reference/question.md``, which
:mod:`enclave.cohort.evaluation` implements for engines. Every criterion becomes the set
of persons who meet it, whoever else the question leaves out, so that it can be kept and
used again when another part of the question changes. Only who has no index event, or
does not belong to the population, is left out wherever events are looked at: everything
counts days from the one, and the other is mostly half of everybody.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import and_, sub
from typing import TypeVar

import numpy as np
from pyroaring import BitMap

from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Criterion,
    During,
    EventCriterion,
    Not,
    Within,
)
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.population import Population
from enclave.cohort.question import Question
from enclave.feasibility.index.anchors import around, during, in_order
from enclave.feasibility.index.bitmaps import bits
from enclave.feasibility.index.demography import belonging
from enclave.feasibility.index.index import Found, Index
from enclave.feasibility.index.occurrences import Asked, Occurrences, with_codes
from enclave.feasibility.index.scanning import EVERYBODY, NO_WINDOW, Window
from enclave.feasibility.index.segment import FIRST_DAY, LAST_DAY
from enclave.feasibility.index.shards import Shard


Near = TypeVar("Near", Around, During, Steps)

_ANYBODY = Population()
# What says nothing about which events with the codes are meant. Whoever has an event
# has a first one.
_WHATEVER = {
    name: field.default
    for name, field in EventCriterion.model_fields.items()
    if name not in {"kind", "codes", "table", "pick"}
}
# Bytes of a set of nobody, about.
_OVERHEAD = 64


def find(question: Question, index: Index) -> Found:
    """Find the cohort of a question of which the index knows every part."""
    search = _Search(question, index)
    sets = [search.population()] if question.population != _ANYBODY else []
    sets += [search.with_index()] if question.index is not None and not sets else []
    return Found(search.all_of(question.criteria, sets), search.first)


class _Search:
    def __init__(self, question: Question, index: Index) -> None:
        self._question = question
        self._index = index
        # From which event days are counted, and who belongs to the population.
        self._whose = _key(question.index) if question.index else ""
        if question.population != _ANYBODY:
            self._whose += question.population.model_dump_json(exclude_none=True)
        self.first = self._first(question.index) if question.index else None

    def population(self) -> BitMap:
        """Return who belongs to the population and has an index event."""
        population = self._question.population
        if population == _ANYBODY:
            return self.with_index()
        return self._kept(
            "population",
            self._whose,
            lambda: belonging(population, self._index, self.with_index(), self.first),
        )

    def with_index(self) -> BitMap:
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
                    f"{self._whose} {_key(criterion)}",
                    lambda: self._with_events(
                        criterion.criterion, self._window(criterion)
                    ),
                )
            case Around():
                return self._near("around", criterion, around)
            case During():
                return self._near("during", criterion, during)
            case Steps():
                return self._near("sequence", criterion, in_order)
            case _:
                return self._combined(criterion)

    def _combined(self, criterion: Criterion) -> BitMap:
        match criterion:
            case AnyOf(criteria=parts):
                return BitMap.union(*map(self.persons, parts))
            case AllOf(criteria=parts):
                return self.all_of(parts)
            case AtLeastOf(number=number, criteria=parts):
                return _at_least(number, map(self.persons, parts), self._index)
            case Not(criterion=part):
                return self._index.everybody - self.persons(part)
            case _:
                raise ValueError(f"The index does not know {criterion.kind}.")

    def all_of(
        self, criteria: Sequence[Criterion], others: Sequence[BitMap] = ()
    ) -> BitMap:
        """Return who meets all criteria and is in all other sets."""
        sets, out = [*others], []
        for each in criteria:
            # Who is not meant is taken out, instead of all the others put in.
            if isinstance(each, Not):
                out.append(self.persons(each.criterion))
            else:
                sets.append(self.persons(each))
        # The smallest first: what is out is out.
        found = reduce(and_, sorted(sets, key=len)) if sets else self._index.everybody
        return reduce(sub, out, found)

    def _kept(self, kind: str, key: str, make: Callable[[], BitMap]) -> BitMap:
        kept: BitMap = self._index.cache.get((kind, key), make, _bytes)
        return kept

    def _near(
        self, kind: str, criterion: Near, find: Callable[[Near, Index], BitMap]
    ) -> BitMap:
        return self._kept(kind, _key(criterion), lambda: find(criterion, self._index))

    def _first(self, criterion: EventCriterion) -> np.ndarray:
        key = ("first", _key(criterion))
        make = Occurrences(criterion, self._index).first_days
        first: np.ndarray = self._index.cache.get(key, make, lambda made: made.nbytes)
        return first

    def _window(self, window: Within) -> Window:
        assert self.first is not None  # noqa: S101 - a question with windows has one
        lower, upper = window.from_days, window.to_days
        return Window(
            self.first,
            FIRST_DAY if lower is None else lower,
            LAST_DAY if upper is None else upper,
        )

    def _with_events(self, criterion: EventCriterion, window: Window) -> BitMap:
        if window is NO_WINDOW and _is_plain(criterion):
            return with_codes(criterion, self._index)
        meant, wanted = Occurrences(criterion, self._index), EVERYBODY
        if window is not NO_WINDOW:
            both = with_codes(criterion, self._index) & self.population()
            wanted = bits(both, len(self._index))

        def work(met: np.ndarray, shard: Shard) -> None:
            meant.mark(Asked(shard, wanted, window), met)

        return meant.having(work)


def _is_plain(criterion: EventCriterion) -> bool:
    """Say whether having any event with these codes is enough."""
    return all(
        getattr(criterion, name) == default for name, default in _WHATEVER.items()
    )


def _at_least(number: int, sets: Iterable[BitMap], index: Index) -> BitMap:
    # At each place, who is in at least so many of the sets seen until then.
    in_so_many = [index.everybody, *(BitMap() for _ in range(number))]
    for each in sets:
        for place in range(number, 0, -1):
            in_so_many[place] |= in_so_many[place - 1] & each
    return in_so_many[number]


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
