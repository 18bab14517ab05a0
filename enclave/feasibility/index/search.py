"""Find the persons of a question in an index.

The meaning is that of ``docs/reference/question.md``, which
:mod:`enclave.cohort.evaluation` implements for engines. Every criterion becomes the set
of persons who meet it, whoever else the question leaves out, so that it can be kept and
used again when another part of the question changes. Only who has no index event, or
does not belong to the population, is left out wherever events are looked at: everything
counts days from the one, and the other is mostly half of everybody.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
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
    During,
    EventCriterion,
    Not,
    Within,
)
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.question import Question
from enclave.feasibility.index.anchors import around, during, in_order
from enclave.feasibility.index.demography import belonging
from enclave.feasibility.index.index import Found, Index
from enclave.feasibility.index.members import Members, union
from enclave.feasibility.index.occurrences import Asked, Occurrences, with_codes
from enclave.feasibility.index.plan import Part, Plan, planned
from enclave.feasibility.index.scanning import EVERYBODY, NO_WINDOW, Window
from enclave.feasibility.index.segment import FIRST_DAY, LAST_DAY
from enclave.feasibility.index.shards import Shard


Near = TypeVar("Near", Around, During, Steps)


def find(question: Question, index: Index) -> Found:
    """Find the cohort of a question of which the index knows every part."""
    return find_planned(planned(question), index)


def find_planned(plan: Plan, index: Index) -> Found:
    """Find the cohort of a question that was taken apart before."""
    search = _Search(plan, index)
    sets = [search.population()] if plan.population or plan.index_event else []
    return Found(search.all_of(plan.criteria, sets), search.first)


class _Search:
    def __init__(self, plan: Plan, index: Index) -> None:
        self._plan = plan
        self._index = index
        self._with_index, self._needed_key = index.everybody, ""
        self.first: np.ndarray | None = None
        if plan.index_event:
            self._with_index = self._who_may_be_meant(plan.index_event)
            self.first = self._first(plan.index_event)

    def population(self) -> Members:
        """Return who belongs to the population and has an index event."""
        population = self._plan.population
        if population is None:
            return self._with_index
        return self._kept(
            "population",
            (self._plan.whose, self._needed_key),
            lambda: belonging(population, self._index, self._with_index, self.first),
        )

    def _who_may_be_meant(self, part: Part) -> Members:
        """Return who has an index event and, if those are few, all codes needed."""
        having = self.persons(part)
        needed = reduce(and_, map(self.persons, self._plan.needed), having)
        # If most of them are left, what is found is of use for other questions as well.
        if len(needed) * 4 > len(having) * 3:
            return having
        self._needed_key = self._plan.needed_key
        return needed

    def persons(self, part: Part) -> Members:
        """Return who meets a criterion."""
        criterion = part.criterion
        match criterion:
            case EventCriterion():
                return self._with_event(part, criterion)
            case Within(criterion=inside):
                return self._kept(
                    "window",
                    (part.key, self._needed_key),
                    lambda: self._with_events(inside, self._window(criterion)),
                )
            case Around():
                return self._near("around", part, criterion, around)
            case During():
                return self._near("during", part, criterion, during)
            case Steps():
                return self._near("sequence", part, criterion, in_order)
            case _:
                return self._combined(part)

    def _with_event(self, part: Part, criterion: EventCriterion) -> Members:
        if part.is_plain and len(criterion.codes.entries) == 1:
            # Who has codes that begin alike is kept where the codes are.
            return with_codes(criterion, self._index)
        return self._kept(
            "events",
            part.key,
            lambda: (
                with_codes(criterion, self._index)
                if part.is_plain
                else self._with_events(criterion, NO_WINDOW)
            ),
        )

    def _combined(self, part: Part) -> Members:
        match part.criterion:
            case AnyOf():
                return union(map(self.persons, part.parts), len(self._index))
            case AllOf():
                return self.all_of(part.parts)
            case AtLeastOf(number=number):
                return _at_least(number, map(self.persons, part.parts), self._index)
            case Not():
                return self._index.everybody - self.persons(part.parts[0])
            case criterion:
                raise ValueError(f"The index does not know {criterion.kind}.")

    def all_of(self, parts: Sequence[Part], others: Sequence[Members] = ()) -> Members:
        """Return who meets all criteria and is in all other sets."""
        sets, out = [*others], []
        for part in parts:
            # Who is not meant is taken out, instead of all the others put in.
            if isinstance(part.criterion, Not):
                out.append(self.persons(part.parts[0]))
            else:
                sets.append(self.persons(part))
        # The smallest first: what is out is out.
        found = reduce(and_, sorted(sets, key=len)) if sets else self._index.everybody
        return reduce(sub, out, found)

    def _kept(self, kind: str, key: Hashable, make: Callable[[], Members]) -> Members:
        kept: Members = self._index.cache.get((kind, key), make, _bytes)
        return kept

    def _near(
        self,
        kind: str,
        part: Part,
        criterion: Near,
        find: Callable[[Near, Index], Members],
    ) -> Members:
        return self._kept(kind, part.key, lambda: find(criterion, self._index))

    def _first(self, part: Part) -> np.ndarray:
        assert isinstance(part.criterion, EventCriterion)  # noqa: S101 - an index event
        meant = Occurrences(part.criterion, self._index)
        # Of everybody with an event, the lists themselves say who has one.
        wanted = self._with_index.words if self._needed_key else EVERYBODY
        key = "first", part.key, self._needed_key
        first: np.ndarray = self._index.cache.get(
            key, lambda: meant.first_days(wanted), _bytes
        )
        return first

    def _window(self, window: Within) -> Window:
        assert self.first is not None  # noqa: S101 - a question with windows has one
        lower, upper = window.from_days, window.to_days
        return Window(
            self.first,
            FIRST_DAY if lower is None else lower,
            LAST_DAY if upper is None else upper,
        )

    def _with_events(self, criterion: EventCriterion, window: Window) -> Members:
        meant, wanted = Occurrences(criterion, self._index), EVERYBODY
        if window is not NO_WINDOW:
            both = with_codes(criterion, self._index) & self.population()
            wanted = both.words

        def work(met: np.ndarray, shard: Shard) -> None:
            meant.mark(Asked(shard, wanted, window), met)

        return meant.having(work)


def _at_least(number: int, sets: Iterable[Members], index: Index) -> Members:
    # At each place, who is in at least so many of the sets seen until then.
    nobody = Members.of(BitMap(), len(index))
    in_so_many = [index.everybody, *([nobody] * number)]
    for each in sets:
        for place in range(number, 0, -1):
            in_so_many[place] |= in_so_many[place - 1] & each
    return in_so_many[number]


def _bytes(made: Members | np.ndarray) -> int:
    return made.nbytes
