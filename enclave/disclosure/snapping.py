"""Give near-identical cohorts one answer.

Two questions that differ in one person would be two samples of the noise, and enough of
such pairs average it away. So a question whose cohort nearly is one that was answered
before gets that answer.

How near is near enough is itself drawn anew for every comparison: a fixed edge would
tell, by snapping or not, on which side of it one person puts a cohort. For the same
reason the nearest is chosen after the noise was added (a noisy minimum).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from enclave.disclosure.layout import Cells, number_apart
from enclave.disclosure.noise import add_noise
from enclave.disclosure.policy import Policy


# Beyond so many sigma, no draw is to be expected in the life of an installation.
_NEVER = 6


@dataclass(frozen=True)
class Anchor:
    """A cohort that was answered with noise of its own."""

    question_id: str
    cells: Cells


def farthest(policy: Policy) -> float:
    """Return the distance (persons) from which on nothing snaps."""
    return policy.snap_distance + _NEVER * policy.snap_sigma


def sizes_to_compare(
    size: int, policy: Policy, *, sigma: float, memberships: int
) -> tuple[float, float]:
    """Return between which noisy counts a cohort of this size may have an anchor.

    Parameters
    ----------
    sigma
        Standard deviation of the noise in those counts.
    memberships
        In how many of the cells that are summed one person may be.
    """
    reach = farthest(policy) * memberships + _NEVER * sigma
    return size - reach, size + reach


def nearest(cells: Cells, anchors: Iterable[Anchor], policy: Policy) -> str | None:
    """Return the question whose answer these cells are to get, if there is one."""
    apart = (
        (number_apart(cells, anchor.cells), anchor.question_id) for anchor in anchors
    )
    noisy = [
        (add_noise(distance, sigma=policy.snap_sigma), question)
        for distance, question in apart
        if distance < farthest(policy)
    ]
    distance, question = min(noisy, default=(policy.snap_distance, ""))
    return question if distance < policy.snap_distance else None
