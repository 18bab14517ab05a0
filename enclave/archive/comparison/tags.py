"""What the author of a cell asked of a comparison, in nbval's words.

The tags and comments are nbval 0.11's, so that a notebook means the same to both. Where
they contradict each other the comparison takes place.
"""

from enum import StrEnum

from enclave.archive.notebook import Cell


_MARKERS = {
    "NBVAL_IGNORE_OUTPUT",
    "PYTEST_VALIDATE_IGNORE_OUTPUT",
    "NBVAL_CHECK_OUTPUT",
    "NBVAL_SKIP",
}


class Wish(StrEnum):
    """How the outputs of a cell are to be treated."""

    COMPARE = "compare"
    IGNORE = "ignored at the author's request"


def wish_of(cell: Cell) -> Wish:
    """Read a cell's tags and comments."""
    markers = _markers(cell)
    if "nbval-check-output" in markers:
        return Wish.COMPARE
    ignore = {
        "nbval-ignore-output",
        "pytest-validate-ignore-output",
        "nbval-skip",
    }
    return Wish.IGNORE if markers & ignore else Wish.COMPARE


def _markers(cell: Cell) -> frozenset[str]:
    comments = {
        line.strip().lstrip("#").strip()
        for line in cell.source.splitlines()
        if line.strip().startswith("#")
    }
    found = comments & _MARKERS
    return cell.tags | {marker.lower().replace("_", "-") for marker in found}
