"""What cannot be translated, and what reads a little differently."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import ValidationError

from enclave.cohort import faults
from enclave.cohort.node import MalformedError
from enclave.errors import InputError


Made = TypeVar("Made")


class Report:
    """Collects what a translation cannot say, so that all of it is said at once.

    Attributes
    ----------
    notes
        What is translated and still not quite the same, once each.
    """

    def __init__(self) -> None:
        self._refused: list[str] = []
        self.notes: list[str] = []

    def refuse(self, path: str, why: str) -> None:
        """Say what cannot be translated, and where it stands."""
        line = f"{path}: {why}"
        if line not in self._refused:
            self._refused.append(line)

    def note(self, text: str) -> None:
        """Say what reads differently, once."""
        if text not in self.notes:
            self.notes.append(text)

    def make(self, path: str, make: Callable[[], Made]) -> Made | None:
        """Make a part of a question, or refuse with the reason why it cannot be."""
        try:
            return make()
        except MalformedError as error:
            mistakes = error.found
        except ValidationError as error:
            mistakes = error.errors(include_url=False, include_input=False)
        for found in mistakes:
            self.refuse(path, faults.sentence(found))
        return None

    def check(self, what: str) -> None:
        """Refuse the translation if anything in it was refused.

        Raises
        ------
        InputError
            Naming each thing that cannot be said, with its place.
        """
        if self._refused:
            raise InputError(f"{what}\n{_lines(self._refused)}")


def _lines(found: Sequence[str]) -> str:
    return "\n".join(f"  {line}" for line in found)
