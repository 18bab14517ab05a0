"""The range of a number holds in 95 of 100 cases, by arithmetic.

A third of the answers are a neighbour's. The neighbour's distance is what the blurred
edge lets through, every distance being as likely before; all who differ are in one
cell, which is worse for the cells together than any other way they can lie.
"""

import math
from statistics import NormalDist

import pytest

from enclave.disclosure.policy import policy
from enclave.disclosure.presentation import probable_error, reach
from enclave.disclosure.snapping import farthest


SNAPPED = 1 / 3
P = NormalDist().cdf


def distances() -> dict[int, float]:
    rules = policy()
    chances = {
        apart: P((rules.snap_distance - apart) / rules.snap_sigma)
        for apart in range(round(farthest(rules)))
    }
    return {apart: chance / sum(chances.values()) for apart, chance in chances.items()}


def held(cells: int, memberships: int) -> float:
    rules = policy()
    widening = math.sqrt(memberships)
    off = probable_error(100, rules, widening=widening, cells=cells)
    # Rounding to ten adds an error that is even over ten.
    sigma = math.hypot(rules.sigma * widening, rules.rounding / math.sqrt(12))

    def inside(apart: int) -> float:
        return P((off - apart) / sigma) - P((-off - apart) / sigma)

    neighbour = sum(chance * inside(apart) for apart, chance in distances().items())
    differing = SNAPPED * memberships / cells
    return (1 - differing) * inside(0) + differing * neighbour


@pytest.mark.parametrize(
    ("cells", "memberships"),
    [(1, 1), (2, 1), (5, 1), (20, 1), (200, 1), (2, 2), (11, 11), (101, 101)],
)
def test_it_holds_in_95_of_100_cases(cells, memberships):
    assert held(cells, memberships) >= 0.95


def test_noise_alone_would_not_hold():
    rules = policy()

    assert 2 * rules.sigma < reach(rules, cells=20) < reach(rules)
    assert reach(rules) == round(2 * math.hypot(rules.sigma, rules.snap_sigma))
