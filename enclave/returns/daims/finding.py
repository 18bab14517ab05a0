"""What a check says: passed, failed, or for a person to judge, and where."""

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    TO_JUDGE = "to judge"
    """A machine cannot decide it: a data manager does, and says so by name."""
    FAILED = "failed"


@dataclass(frozen=True)
class Problem:
    """Something that a check found.

    Attributes
    ----------
    key
        Of the sentence in ``checks.yaml`` that says what is wrong.
    columns
        Where. Never a value: they are patients'.
    rows
        In how many rows; None where that says nothing.
    certain
        False where it may be right, and a person has to look.
    """

    key: str
    columns: tuple[str, ...] = ()
    rows: int | None = None
    certain: bool = True


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    number: int
    status: Status
    problems: tuple[Problem, ...] = ()
