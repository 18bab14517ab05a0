"""Read a median and years off noisy sizes, and say no more than they bear.

Everything here is computed from sizes that carry their noise already.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate

from enclave.disclosure.policy import Policy
from enclave.disclosure.presentation import threshold
from enclave.feasibility.extent import NUMBERS, Extent, Years, bounds
from enclave.feasibility.protected_extent import ProtectedExtent


# A year counts once so many standard deviations cannot explain it.
_BEYOND_NOISE = 3


def read_extents(
    extent: Extent, policy: Policy, noisy: Mapping[str, int], sigma: float
) -> tuple[ProtectedExtent, ...]:
    """Say of each variable what its noisy cells bear."""
    return tuple(
        _read(name, years, [noisy[cell] for cell in extent[number]], policy, sigma)
        for number, (name, years) in enumerate(extent.variables)
    )


def _read(
    name: str, years: Years, noisy: Sequence[int], policy: Policy, sigma: float
) -> ProtectedExtent:
    numbers, dated = noisy[: len(NUMBERS)], noisy[len(NUMBERS) :]
    first, last = dated[: years.cells], dated[years.cells :]
    low, high = _median(numbers, policy, sigma)
    begins = _beyond_noise(first, policy, sigma)
    ends = _beyond_noise(last[::-1], policy, sigma)
    if begins is None or ends is None or begins > years.cells - 1 - ends:
        begins = ends = None
    hidden = low is None or (bool(years.cells) and begins is None)
    return ProtectedExtent(
        name=name,
        median_from=low,
        median_to=high,
        first_year=None if begins is None else years.first + begins - 1,
        or_earlier=begins == 0,
        last_year=None if ends is None else years.last - ends,
        hidden_en=_WHY_EN if hidden else None,
        hidden_da=_WHY_DA if hidden else None,
    )


def _median(
    noisy: Sequence[int], policy: Policy, sigma: float
) -> tuple[int | None, int | None]:
    """Return between how many values the median lies, in 95 of 100 cases."""
    widening = sigma / policy.sigma * math.sqrt(len(noisy))
    total = sum(noisy)
    if total < threshold(policy, widening=widening):
        return None, None
    spread = reach_of_median(len(noisy), policy, sigma)
    below = [found - total / 2 for found in accumulate(noisy)]
    low = next(n for n, found in enumerate(below) if found >= -spread)
    high = next((n for n, found in enumerate(below) if found >= spread), len(noisy) - 1)
    if high - low == len(noisy) - 1:
        return None, None  # anything: not worth telling
    return bounds(NUMBERS[low])[0], bounds(NUMBERS[max(low, high)])[1]


def reach_of_median(cells: int, policy: Policy, sigma: float) -> float:
    """Return how far off what lies below an edge is in 95 of 100 cases at most.

    Half of all is taken from it, which leaves half of what lies below less what lies
    above: each cell counts half, and so does whoever differs from a neighbour's cohort.
    """
    return 2 * _off(cells, policy, sigma) / 2


def _beyond_noise(noisy: Sequence[int], policy: Policy, sigma: float) -> int | None:
    """Return the cell until which there are more persons than can be explained."""
    for number, found in enumerate(accumulate(noisy)):
        if found >= _BEYOND_NOISE * _off(number + 1, policy, sigma):
            return number
    return None


def _off(cells: int, policy: Policy, sigma: float) -> float:
    """Return the standard deviation of a sum of cells that may be a neighbour's.

    Who differs from the neighbour is in one of them at most.
    """
    return math.hypot(sigma * math.sqrt(cells), policy.snap_sigma)


_WHY_EN = (
    "Too few patients have values for the noise that so many variables take. Fewer"
    " variables at once have less noise; a wider question has more patients."
)
_WHY_DA = (
    "For få patienter har værdier til den støj, som så mange variable kræver. Færre"
    " variable ad gangen har mindre støj; et bredere spørgsmål har flere patienter."
)
