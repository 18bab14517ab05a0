"""What questions cost, in the terms of differential privacy."""

import math


def rho(questions: int, *, sigma: float) -> float:
    """Return what a number of questions costs in zCDP.

    One person changes a count by at most one, so a question costs 1 / (2 sigma²); costs
    add up. Bun and Steinke, *Concentrated Differential Privacy* (2016).
    """
    return questions / (2 * sigma**2)


def epsilon(questions: int, *, sigma: float, delta: float = 1e-6) -> float:
    """Return the epsilon of a number of questions (same, proposition 1.3)."""
    spent = rho(questions, sigma=sigma)
    return spent + 2 * math.sqrt(spent * math.log(1 / delta))
