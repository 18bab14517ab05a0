"""What is released about a cohort: one count, or a count for each of some cells."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pyroaring import BitMap

from enclave.canonical import digest
from enclave.cohort.question import Question


# The persons of each cell, by the cell's name.
Cells = Mapping[str, BitMap]

# Sorts the persons of a question into the cells of a layout.
Sorter = Callable[[Question], Cells]


@dataclass(frozen=True)
class Layout:
    """The cells of a release, decided before anybody looks at data.

    Attributes
    ----------
    name
        What is counted, such as ``sex-age``.
    composed
        Whether whoever asks chooses how the persons of a cohort are sorted, or what
        stands beside what, so that one cohort can be had in many layouts or in many
        orders of one. Each of those has noise of its own: they are as many samples of
        one count, and there is a bound on them. There is no default: where it is not
        known to be fixed, it is composed.
    cells
        Names of all cells. They are listed whether or not anybody is in them, so that
        the list tells nothing.
    memberships
        In how many of the cells one person may be. Where it is one, all cells together
        cost as much as one count (parallel composition). Where it is m, the noise is
        the square root of m times as large instead, so that the price is the same.
    sorted_by
        Questions that decide who is in which cell. They may be no finer than the
        question itself.
    kept
        Names of the sets of persons that are kept to compare later cohorts with; by
        default the cells. Where it follows from the persons alone who is in which cell,
        the cohort suffices, and is a hundredth as large.
    """

    name: str
    cells: tuple[str, ...]
    composed: bool = field(kw_only=True)
    memberships: int = 1
    sorted_by: tuple[Question, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def identity(self) -> str:
        """SHA-256 of the layout, in hex."""
        return digest(self.document())

    @property
    def widening(self) -> float:
        """How many times as large as for one count the noise of a cell is."""
        return math.sqrt(self.memberships)

    @property
    def kept_sets(self) -> tuple[str, ...]:
        """Names of the sets of persons that are kept."""
        return self.kept or self.cells

    @property
    def widening_of_total(self) -> float:
        """How many times as large the noise of the sum of all cells is."""
        return self.widening * math.sqrt(len(self.cells))

    def document(self) -> dict[str, Any]:
        """Write the layout as JSON."""
        return {"name": self.name, "cells": list(self.cells)}

    def form(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the canonical form of this release about a question's cohort."""
        if self == COUNT:
            return question
        return {"release": self.document(), "of": question}


COUNT = Layout("count", ("all",), composed=False)


def sizes_of(cells: Cells) -> dict[str, int]:
    """Return how many persons are in each cell."""
    return {name: len(found) for name, found in cells.items()}


def number_apart(one: Cells, other: Cells) -> int:
    """Return how many persons would have to change for one to become the other.

    A person who is in other cells counts once, however many cells those are.
    """
    return len(_union(one[name] ^ other[name] for name in one))


def _union(sets: Iterable[BitMap]) -> BitMap:
    found: BitMap = BitMap.union(BitMap(), *sets)
    return found
