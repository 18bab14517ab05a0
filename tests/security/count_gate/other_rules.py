"""What other rules would leave to attacks that add up, and what they would cost.

By arithmetic, for attacks 10 and 25: snapping does not touch them, so an answer is the
true count, noise, and what rounding adds.
"""

from functools import cache
from math import ceil, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from enclave.disclosure.noise import add_noise
from enclave.disclosure.policy import Policy, policy
from enclave.disclosure.presentation import presented


class Rules(NamedTuple):
    """Rules that one could have instead.

    Attributes
    ----------
    month, snapshot
        New questions of a person in 30 days, and as long as a snapshot answers.
    """

    sigma: float
    threshold: int
    month: int
    snapshot: int


# Today's first; the threshold is twice the noise.
OTHERS = (
    Rules(10, 20, 40, 120),
    Rules(10, 20, 40, 55),
    Rules(10, 20, 13, 13),
    Rules(15, 30, 40, 120),
    Rules(18, 36, 40, 120),
    Rules(31, 62, 40, 120),
)
# How much of one person an answer holds, on average: each answer of attack 25 counts
# the victim, every second one of attack 10 does.
SHARES = {"10": 0.5, "25": 1.0}
DRAWS = 2_000

TABLE = """
## What other rules would leave, and cost

By arithmetic: the AUC of one account with attacks 10 and 25, with the questions of 30
days and with those of the {days} days for which a snapshot answers. We want 0.60.
*Shown* is the smallest cohort of which nine in ten are shown; median error, and what
95 % of errors are within, are those of {draws:,} draws at 100 persons. The first row
is what holds today.

| sigma | threshold | in 30 / {days} days | 10 | 25 | shown | median | 95 % within |
|---:|---:|---:|---:|---:|---:|---:|---:|
"""


def auc(attack: str, questions: int, rules: Rules, rounding: int) -> float:
    """Return how well an attack with so many answers tells victims apart."""
    one = SHARES[attack] / sqrt(rules.sigma**2 + rounding**2 / 12)
    return NormalDist().cdf(one * sqrt(questions) / sqrt(2))


@cache
def table() -> str:
    """Write the part of the page."""
    ours = policy()
    lines = TABLE.format(days=ours.snapshot_days, draws=DRAWS)
    for rules in OTHERS:
        both = [
            " / ".join(
                f"{auc(attack, questions, rules, ours.rounding):.2f}"
                for questions in (rules.month, rules.snapshot)
            )
            for attack in SHARES
        ]
        shown = rules.threshold + NormalDist().inv_cdf(0.9) * rules.sigma
        median, most = _errors(rules, ours)
        cells = (
            f"{rules.sigma:g}",
            rules.threshold,
            f"{rules.month} / {rules.snapshot}",
            *both,
            f"{shown:.0f}",
            f"{median:.0f}",
            f"{most:.0f}",
        )
        lines += f"| {' | '.join(map(str, cells))} |\n"
    return lines


def _errors(rules: Rules, ours: Policy, size: int = 100) -> tuple[float, float]:
    # The edge of snapping goes with the noise, as in a policy that may be used.
    blur = ours.snap_sigma / ours.sigma * rules.sigma
    changed = {
        "sigma": rules.sigma,
        "threshold": rules.threshold,
        "snap_sigma": blur,
        "snap_distance": ceil(2 * blur),
    }
    other = Policy.model_validate(ours.model_dump() | changed)
    shown = [presented(add_noise(size, sigma=rules.sigma), other) for _ in range(DRAWS)]
    errors = [abs(value - size) for value in shown if value is not None]
    return float(np.median(errors)), float(np.percentile(errors, 95))
