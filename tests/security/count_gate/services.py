"""The service under attack: what an attacker reaches of one, and ours.

Each attack gets a new service for each victim, so that victims do not help each other.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import count
from typing import NamedTuple, Protocol

import numpy as np

from enclave.cohort.question import Question
from enclave.disclosure.gate import Gate
from enclave.disclosure.layout import Cells, Layout, Sorter
from enclave.disclosure.policy import Policy
from enclave.disclosure.summary import Said, Summary
from enclave.feasibility.extent import EVERYBODY, Extent, Years, histograms
from enclave.feasibility.extent_reading import read_extents
from enclave.portal.feasibility.slot import wait_seconds
from enclave.store.database import Database
from enclave.store.schema import upgrade
from tests.builders.disclosure import SECRET, Clock, asker, rules
from tests.security.count_gate.patients import AGES, VICTIMS_SINCE, Patients


LISTED_FROM = 5
YEARS = Years(VICTIMS_SINCE, 2019)
EXTENT = Extent((("lab.value", YEARS),))
CELLS = Layout(
    "sex-age", tuple(f"{s}-{d}" for s in (0, 1) for d in range(AGES)), composed=True
)


@dataclass(frozen=True)
class Reply:
    """What somebody gets who asks.

    Attributes
    ----------
    value
        The number shown; ``None`` where one is hidden.
    price
        What the question was said to cost.
    seconds
        How long the answer took to come.
    """

    value: int | None
    price: int
    seconds: float


class Told(NamedTuple):
    """What is told of the results of a cohort; ``None`` where it is hidden."""

    median: int | None
    first_year: int | None


class Service(Protocol):
    """What an attacker can reach. A refusal is a :class:`PolicyRefusal`."""

    def ask(self, account: str, question: Question) -> Reply: ...

    def cells(self, account: str, question: Question) -> dict[str, int | None]: ...

    def codes(
        self, account: str, question: Question, codes: Sequence[str]
    ) -> dict[str, int | None]:
        """Say how many there are (``all``), and how many have each of some codes."""
        ...

    def extent(self, account: str, question: Question) -> Told:
        """Say how many results patients have, and since when."""
        ...

    def search(self, code: str) -> bool:
        """Whether the search lists a code."""
        ...

    def refreshed(self, patients: Patients) -> "Service":
        """Go on with a later snapshot, when budgets have come back."""
        ...


Start = Callable[[Patients], Service]


class Ours:
    """The count gate itself, with its real tables."""

    def __init__(
        self, patients: Patients, gate: Gate, numbers: "count[int]", clock: Clock
    ) -> None:
        self._patients = patients
        self._gate = gate
        self._numbers = numbers
        self._snapshot = next(numbers)
        self._people = self._snapshot
        self._clock = clock

    @property
    def database(self) -> Database:
        """What the gate keeps."""
        return self._gate._database

    def ask(self, account: str, question: Question) -> Reply:
        begun = time.perf_counter()
        answer = self._gate.ask(
            self._asker(account),
            question,
            self._snapshot,
            self._patients.persons,
            clock=self._clock,
        )
        elapsed = time.perf_counter() - begun
        slot = self._gate.policy.answer_slot_ms
        # On a busy machine a question may miss its slot for reasons of its own.
        return Reply(
            answer.value,
            price=0 if answer.answered_before else 1,
            seconds=round(elapsed + wait_seconds(elapsed, slot), 3),
        )

    def cells(self, account: str, question: Question) -> dict[str, int | None]:
        return self.cells_of(account, question, CELLS, self._patients.cells)

    def codes(
        self, account: str, question: Question, codes: Sequence[str]
    ) -> dict[str, int | None]:
        names = ("all", *codes)
        layout = Layout("codes", names, composed=True, memberships=len(names))
        sorter = partial(self._patients.having, codes=codes)
        return self.cells_of(account, question, layout, sorter)

    def cells_of(
        self, account: str, question: Question, layout: Layout, sorter: Sorter
    ) -> dict[str, int | None]:
        """Return what is shown of the cells of any layout."""
        answer = self._gate.ask_cells(
            self._asker(account),
            question,
            self._snapshot,
            layout,
            sorter,
            clock=self._clock,
        )
        return {cell.name: cell.value for cell in answer.cells}

    def extent(self, account: str, question: Question) -> Told:
        summary = Summary(
            layout=EXTENT.layout,
            sorter=lambda asked: {EVERYBODY: self._patients.persons(asked)},
            sizes=self._extent_sizes,
            say=partial(read_extents, EXTENT, self._gate.policy),
        )
        (found,) = self.summary_of(account, question, summary)
        return Told(found.median_from, found.first_year)

    def summary_of(
        self, account: str, question: Question, summary: Summary[Said]
    ) -> Said:
        """Return what is said of the noisy cells of any layout."""
        asked = self._asker(account), question, self._snapshot, summary
        return self._gate.ask_summary(*asked, clock=self._clock).said

    def _extent_sizes(self, cohort: Cells) -> dict[str, int]:
        results, since = self._patients.extent(cohort[EVERYBODY])
        last = np.full(len(results), YEARS.last)
        sizes = histograms(results, since, last, YEARS)
        return dict(zip(EXTENT[0], sizes, strict=True))

    def search(self, code: str) -> bool:
        # As enclave.warehouse.codes lists what no published code list has.
        return self._patients.carriers(code) >= LISTED_FROM

    def refreshed(self, patients: Patients) -> "Ours":
        later = Clock(self._clock() + timedelta(days=self._gate.policy.snapshot_days))
        service = Ours(patients, self._gate, self._numbers, later)
        service._people = self._people
        return service

    def _asker(self, account: str):
        return asker(f"{account}-{self._people}", f"hospital-{self._people}")


def start_ours(policy: Policy | None = None) -> Start:
    """Return what starts our service; every start has answers and budgets of its own.

    One database serves all of them, as snapshots of it: their questions, accounts and
    organisations are as separate as those of two installations.
    """
    database = Database("sqlite://")
    upgrade(database)
    gate = Gate(database, policy or rules(), SECRET)
    numbers = count(1)
    return lambda patients: Ours(patients, gate, numbers, Clock())
