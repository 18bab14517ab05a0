"""What snapping does to honest people: many random questions on one snapshot."""

from functools import cache

import numpy as np
from pyroaring import BitMap
from sqlalchemy import func, select

from enclave.cohort.question import Question
from enclave.disclosure.layout import Layout
from enclave.disclosure.policy import policy
from enclave.disclosure.presentation import probable_error
from enclave.store.disclosure_tables import Snap
from tests.builders.disclosure import any_of, but_not, event, question, rules
from tests.security.count_gate.patients import CODES, SECRET_CODE, Patients
from tests.security.count_gate.services import CELLS, Ours, start_ours


ASKED = 400
BROKEN_DOWN = 150
SIZES = ((0, 20), (20, 50), (50, 300), (300, 1000), (1000, 4000))
NO_BUDGET = dict.fromkeys(
    (
        "person_30_days",
        "person_year",
        "organisation_30_days",
        "person_composed_30_days",
        "organisation_composed_30_days",
    ),
    10**6,
)

SECTION = """
## What snapping adds

{asked} random questions on one snapshot of {number:,} made-up persons, asked one after
the other: {snapped} got the answer of an earlier one.

| true count | asked | shown | median error | 95 % within |
|---:|---:|---:|---:|---:|
"""


OF_CELLS = """
{asked} of such questions by sex and age, {cells} cells each: {snapped} got the
cells of an earlier one. A cell is told to be off by {told} at most in 95 of 100 cases:
of the {shown:,} cells that were shown (of {of:,}), {held:.1f} % were, and 95 % within
{within:.0f}.
"""


@cache
def section() -> str:
    """Write the part of the page."""
    found, snapped = counted(ASKED)
    lines = SECTION.format(asked=ASKED, number=Patients().number, snapped=snapped)
    for low, high in SIZES:
        inside = [(size, shown) for size, shown in found if low <= size < high]
        errors = [abs(shown - size) for size, shown in inside if shown is not None]
        figures = (
            f"{low:,} to {high - 1:,}",
            len(inside),
            len(errors),
            f"{np.median(errors):.0f}" if errors else "",
            f"{np.percentile(errors, 95):.0f}" if errors else "",
        )
        lines += f"| {' | '.join(map(str, figures))} |\n"
    return lines + _of_cells()


def _of_cells() -> str:
    """Write what the cells of breakdowns are off by, and what is told of that."""
    found, snapped = cells_counted(BROKEN_DOWN)
    shown = [(size, value) for size, value in found if value is not None]
    errors = [abs(value - size) for size, value in shown]
    told = [
        probable_error(value, policy(), cells=len(CELLS.cells)) for _, value in shown
    ]
    held = sum(off <= most for off, most in zip(errors, told, strict=True))
    return OF_CELLS.format(
        asked=BROKEN_DOWN,
        cells=len(CELLS.cells),
        snapped=snapped,
        told=min(told),
        shown=len(shown),
        of=len(found),
        held=100 * held / len(shown),
        within=np.percentile(errors, 95),
    )


def counted(questions: int) -> tuple[list[tuple[int, int | None]], int]:
    """Ask so many; return each true count with what was shown, and how many snapped."""
    patients, service = Patients(), start_ours(rules(**NO_BUDGET))(Patients())
    found = []
    for asked in random_questions(questions):
        size = len(patients.persons(asked))
        found.append((size, service.ask("somebody", asked).value))
    return found, snapped_at(service)


def snapped_at(service: Ours) -> int:
    with service.database.begin() as session:
        return session.scalar(select(func.count()).select_from(Snap)) or 0


class Wide:
    """So many diagnoses beside each other, of which one person may have all."""

    def __init__(self, patients: Patients, memberships: int) -> None:
        self._patients = patients
        codes = CODES[: memberships - 1]
        self.layout = Layout(
            "wide", ("all", *codes), composed=True, memberships=memberships
        )

    def cells(self, asked: Question) -> dict[str, BitMap]:
        """Return who has each of them."""
        return self._patients.having(asked, self.layout.cells[1:])


def cells_counted(
    questions: int, memberships: int = 1, *, seed: int = 12
) -> tuple[list[tuple[int, int | None]], int]:
    """Ask for so many breakdowns; return each cell's true and shown count, and snaps.

    With one membership by sex and age, with more by so many diagnoses.
    """
    patients = Patients()
    service = start_ours(rules(**NO_BUDGET))(patients)
    wide = Wide(patients, memberships)
    layout, sorter = (
        (CELLS, patients.cells) if memberships == 1 else (wide.layout, wide.cells)
    )
    found: list[tuple[int, int | None]] = []
    for asked in random_questions(questions, seed):
        true = sorter(asked)
        shown = service.cells_of("somebody", asked, layout, sorter)
        found += [(len(true[name]), shown[name]) for name in layout.cells]
    return found, snapped_at(service)


def random_questions(number: int, seed: int = 12) -> list[Question]:
    """Return questions of one to three codes, had or not, joined by all or any."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(number):
        codes = random.choice(
            [*CODES, SECRET_CODE], random.integers(1, 4), replace=False
        )
        parts = [
            but_not(event(code)) if random.random() < 0.3 else event(code)
            for code in codes
        ]
        joined = random.random() < 0.4 and len(parts) > 1
        made.append(question(any_of(*parts)) if joined else question(*parts))
    return made
