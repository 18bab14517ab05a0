"""What snapping does to honest people: many random questions on one snapshot."""

from functools import cache

import numpy as np
from sqlalchemy import func, select

from enclave.cohort.question import Question
from enclave.store.disclosure_tables import Snap
from tests.builders.disclosure import any_of, but_not, event, question, rules
from tests.security.count_gate.patients import CODES, SECRET_CODE, Patients
from tests.security.count_gate.services import start_ours


ASKED = 400
SIZES = ((0, 20), (20, 50), (50, 300), (300, 1000), (1000, 4000))
NO_BUDGET = dict.fromkeys(
    ("person_30_days", "person_year", "organisation_30_days"), 10**6
)

SECTION = """
## What snapping adds

{asked} random questions on one snapshot of {number:,} made-up persons, asked one after
the other: {snapped} got the answer of an earlier one.

| true count | asked | shown | median error | 95 % within |
|---:|---:|---:|---:|---:|
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
    return lines


def counted(questions: int) -> tuple[list[tuple[int, int | None]], int]:
    """Ask so many; return each true count with what was shown, and how many snapped."""
    patients, service = Patients(), start_ours(rules(**NO_BUDGET))(Patients())
    found = []
    for asked in _questions(questions):
        size = len(patients.persons(asked))
        found.append((size, service.ask("somebody", asked).value))
    with service.database.begin() as session:
        snapped = session.scalar(select(func.count()).select_from(Snap))
    return found, snapped


def _questions(number: int) -> list[Question]:
    """Return questions of one to three codes, had or not, joined by all or any."""
    random = np.random.default_rng(12)
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
