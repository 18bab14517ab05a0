"""From a noisy count to what a person sees.

Everything here is computed from the noisy count alone, so it gives away nothing more
than the noisy count does (post-processing). A threshold on the true count would.
"""

import math

from enclave.disclosure.policy import Policy


SIGNIFICANT_DIGITS = 3


def presented(noisy: int, policy: Policy, *, widening: float = 1) -> int | None:
    """Return the count to show, or ``None`` if it must be hidden.

    Parameters
    ----------
    widening
        How many times as large as for one count the noise is.
    """
    if noisy < threshold(policy, widening=widening):
        return None
    step = _step(noisy, policy)
    # Half up: Python's own rounding would make every second ten rarer.
    return (noisy + step // 2) // step * step


def probable_range(value: int, policy: Policy) -> tuple[int, int]:
    """Return what holds the true count in at least 95 of 100 cases."""
    off = probable_error(value, policy)
    return max(0, value - off), value + off


def probable_error(
    value: int, policy: Policy, *, widening: float = 1, cells: int = 1
) -> int:
    """Return how far off a shown number is in 95 of 100 cases at most.

    Parameters
    ----------
    widening, cells
        As of :func:`reach`.
    """
    return reach(policy, widening=widening, cells=cells) + _step(value, policy) // 2


def reach(policy: Policy, *, widening: float = 1, cells: int = 1) -> int:
    """Return how far off a number is in 95 of 100 cases at most, before rounding.

    Two sigma of the noise and of the edge of snapping together. How many answers are a
    neighbour's depends on what was asked before; it holds where a third of them are.
    It is a promise about the cells of a release together: whoever differs from the
    neighbour is in as many of them as the widening allows, and wherever all of these
    persons are, the mean square of what the cells are off by falls with their number.

    Parameters
    ----------
    widening
        How many times as large as for one count the noise is.
    cells
        How many numbers are released together.
    """
    # The noise grows with the root of the number of cells that one person may be in.
    snapped = policy.snap_sigma * min(1, widening / math.sqrt(cells))
    return round(2 * math.hypot(policy.sigma * widening, snapped))


def threshold(policy: Policy, *, widening: float = 1) -> int:
    """Return below which noisy count a count is hidden, for noise so much wider."""
    if widening == 1:
        return policy.threshold
    # A multiple of the step, as the shown counts are.
    return math.ceil(policy.threshold * widening / policy.rounding) * policy.rounding


def in_words(
    value: int | None, policy: Policy, language: str = "en", *, widening: float = 1
) -> str:
    """Write what :func:`presented` returned, in English (``en``) or Danish (``da``)."""
    if value is None:
        fewer = "færre end" if language == "da" else "fewer than"
        return f"{fewer} {threshold(policy, widening=widening)}"
    text = f"{value:,}"
    return text.replace(",", ".") if language == "da" else text


def _step(count: int, policy: Policy) -> int:
    if count <= policy.fine_until:
        return policy.rounding
    digits_lost = max(0, len(str(count)) - SIGNIFICANT_DIGITS)
    step: int = 10**digits_lost
    return max(policy.rounding, step)
