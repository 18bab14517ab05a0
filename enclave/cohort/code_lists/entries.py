"""What a saved code list holds: entries as in a question, each with a label."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, TypeAdapter

from enclave.canonical import canonical_json
from enclave.cohort.codes import CodeEntry, CodeList


MOST_ENTRIES = 5000


class ListEntry(CodeEntry):
    """One line of a saved code list.

    Attributes
    ----------
    label
        What the code means, in the words of whoever made the list; it may be empty.
    """

    label: Annotated[str, Field(max_length=300)] = ""

    @property
    def plain(self) -> CodeEntry:
        """The entry as a question has it, without its label."""
        return CodeEntry(code=self.code, match=self.match, exclude=self.exclude)


_ENTRIES = TypeAdapter(tuple[ListEntry, ...])


def as_text(entries: Iterable[ListEntry]) -> str:
    """Write entries in the one form that is stored."""
    return canonical_json(_ENTRIES.dump_python(tuple(entries), mode="json")).decode()


def from_text(text: str) -> tuple[ListEntry, ...]:
    """Read what :func:`as_text` wrote."""
    return _ENTRIES.validate_json(text)


def as_codes(system: str, entries: Iterable[ListEntry]) -> CodeList:
    """Return the entries as a question has them, without a name."""
    return CodeList(system=system, entries=tuple(entry.plain for entry in entries))
