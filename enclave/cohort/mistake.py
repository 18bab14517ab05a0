"""What a linter finds in a question."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Mistake:
    """Something that is wrong with a question, or may be.

    Attributes
    ----------
    severity
        ``error`` where the question cannot find what it says, ``warning`` where it may
        find something else than was meant.
    message
        What it is and what to do.
    path
        Where, as in the JSON: ``criteria[0].codes.entries[1]``.
    """

    severity: Literal["error", "warning"]
    message: str
    path: str


def error(path: str, message: str) -> Mistake:
    """Report that a question cannot find what it says."""
    return Mistake("error", message, path)


def warning(path: str, message: str) -> Mistake:
    """Report that a question may find something else than was meant."""
    return Mistake("warning", message, path)
