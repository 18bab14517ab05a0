"""Long lists, page by page."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cut:
    """Where a page of a long list lies.

    Attributes
    ----------
    total
        How many the whole list holds.
    number, of
        Which page this is, from 1 on, and how many there are, at least 1.
    offset
        How many come before it.
    """

    total: int
    number: int
    of: int
    offset: int


def cut(total: int, page: int, size: int) -> Cut:
    """Return the page that is asked for, or the nearest that there is."""
    of = max(1, math.ceil(total / size))
    number = min(max(1, page), of)
    return Cut(total, number, of, (number - 1) * size)
