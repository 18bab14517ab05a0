"""What is released about a cohort: one count, or a count for each of some cells."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyroaring import BitMap

from enclave.canonical import digest
from enclave.cohort.question import Question


# The persons of each cell, by the cell's name.
Cells = Mapping[str, BitMap]


@dataclass(frozen=True)
class Layout:
    """The cells of a release, decided before anybody looks at data.

    Attributes
    ----------
    name
        What is counted, such as ``sex-age``.
    cells
        Names of all cells. They are listed whether or not anybody is in them, so that
        the list tells nothing.
    overlapping
        Whether a person may be in several cells. Where nobody can, all cells together
        cost as much as one count (parallel composition). Where a person may be in all
        of m cells, the noise is the square root of m times as large instead, so that
        the price is the same.
    sorted_by
        Questions that decide who is in which cell. They may be no finer than the
        question itself.
    """

    name: str
    cells: tuple[str, ...]
    overlapping: bool = False
    sorted_by: tuple[Question, ...] = ()

    @property
    def identity(self) -> str:
        """SHA-256 of the layout, in hex."""
        return digest(self.document())

    @property
    def widening(self) -> float:
        """How many times as large as for one count the noise of a cell is."""
        return math.sqrt(len(self.cells)) if self.overlapping else 1.0

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


COUNT = Layout("count", ("all",))


def number_apart(one: Cells, other: Cells) -> int:
    """Return how many persons would have to change for one to become the other.

    A person who is in other cells counts once, however many cells those are.
    """
    return len(_union(one[name] ^ other[name] for name in one))


def _union(sets: Iterable[BitMap]) -> BitMap:
    found: BitMap = BitMap.union(BitMap(), *sets)
    return found
