"""What is said of noisy cells that are not shown themselves.

A median and a first year are no counts, and the exact ones would be one person's. They
are read off noisy counts instead: whatever is computed from those tells nothing that
they do not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from enclave.disclosure.layout import Cells, Layout, Sorter


Said = TypeVar("Said")


@dataclass(frozen=True)
class Summary(Generic[Said]):
    """How a summary comes about.

    Attributes
    ----------
    layout
        The cells behind it.
    sorter
        Returns the persons of each set that the layout keeps.
    sizes
        Returns how many persons are in each cell, from those sets. It runs before the
        noise is drawn, and only if there is no stored answer.
    say
        Says something of the noisy cells, given the largest standard deviation that the
        noise of each has (persons).
    """

    layout: Layout
    sorter: Sorter
    sizes: Callable[[Cells], Mapping[str, int]]
    say: Callable[[Mapping[str, int], float], Said]


@dataclass(frozen=True)
class ProtectedSummary(Generic[Said]):
    """A summary that may be seen.

    Attributes
    ----------
    sigma
        Largest standard deviation that the noise of a cell behind it has (persons).
    answered_before, budget_left, question_digest, snapshot
        As of :class:`~enclave.disclosure.protected.ProtectedCount`.
    """

    said: Said
    sigma: float
    answered_before: bool
    budget_left: int
    question_digest: str
    snapshot: int
