"""A table that is being read. Nothing is loaded for it that a CSV does not need."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from enclave.airlock.conversion.plain_csv import MOST_COLUMNS
from enclave.airlock.conversion.readers.unreadable import UnreadableError


@dataclass(frozen=True)
class Table:
    """A table in a file.

    Attributes
    ----------
    format
        Of the file.
    names, declared
        Of its columns; the type that the file gives each, in our words, or nothing.
    write
        Writes it as a plain CSV, what is known in quotes and what is not as nothing;
        returns how many rows it has.
    """

    format: str
    names: tuple[str, ...]
    declared: tuple[str, ...]
    write: Callable[[BinaryIO], int]


def check_names(names: tuple[str, ...]) -> None:
    """Refuse names that no description can have, or that are too many or too few."""
    if len(names) > MOST_COLUMNS:
        raise UnreadableError("too_large")
    if len(names) < 2:
        raise UnreadableError("one_column")
    if len(set(names)) < len(names) or not all(map(str.isprintable, names)):
        raise UnreadableError("names")
    if not all(map(str.strip, names)) or any('"' in name for name in names):
        raise UnreadableError("names")
