"""Print the figures of ``docs/explanation/count-gate.md``, from real runs.

Usage: ``python -m tests.security.count_gate.measure [VICTIMS]``
"""

import sys

from tests.security.count_gate import attacks
from tests.security.count_gate.patients import Patients
from tests.security.count_gate.services import WEAK, start_ours, start_weak


ROW = "| {:<24} | {:<17} | {:<17} | {:<17} | {:<17} | {:>6} | {:>6} | {:>6} |"


def _told(auc: attacks.Auc) -> str:
    return f"{auc.value:.2f} ({auc.low:.2f}-{auc.high:.2f})"


def main(victims: int = 160) -> None:
    patients = Patients()
    chosen = patients.victims(victims)
    starts = {name: start_weak(name, patients) for name in WEAK}
    starts["ours"] = start_ours(patients)
    heads = ("service", "differencing", "equal or not", "padding", "five accounts")
    print(ROW.format(*heads, "repeat", "reword", "nobody"))  # noqa: T201 - a report
    for name, start in starts.items():
        figures = (
            *attacks.differencing(start, patients, chosen),
            attacks.padding(start, patients, chosen),
            attacks.differencing(start, patients, chosen, accounts=5)[0],
        )
        exact = (
            attacks.repeating(start, patients, targets=50, times=200),
            attacks.rewording(start, patients, targets=50),
            attacks.padding_with_nobody(start, patients, targets=100),
        )
        shares = (f"{share:.2f}" for share in exact)
        print(ROW.format(name, *map(_told, figures), *shares), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
