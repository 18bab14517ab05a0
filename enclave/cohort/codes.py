"""Code lists: which codes an event may carry."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from enclave.canonical import digest
from enclave.cohort.node import DIGEST, Node, Text


Match = Literal["exact", "prefix", "descendants"]
_MATCHES: dict[str, Match] = {"*": "prefix", "+": "descendants"}


class CodeEntry(Node):
    """One line of a code list.

    Attributes
    ----------
    match
        ``"exact"`` for this code alone; ``"prefix"`` for it and every code that begins
        with it, as ``DE11`` takes in ``DE119`` in SKS and ``L04`` takes in ``L04AD02``
        in ATC; ``"descendants"`` for it and every code below it in the vocabulary of
        the snapshot, as of an OMOP concept.
    exclude
        True to take these codes out of what the other entries take in.
    """

    code: Text
    match: Match
    exclude: bool = Field(default=False, strict=True)


class CodeList(Node):
    """Codes of one code system: those that an entry takes in and none takes out.

    Attributes
    ----------
    system
        Code system as the catalogue names it, for instance ``SKS``, ``ATC``, ``NPU``.
        ``None`` only where the criterion names a table: codes of whatever system that
        table uses.
    name, version
        What the list is called and which edition it is. They change no result.
    digest
        SHA-256 of what a saved list means; see :attr:`content_digest`. With it, nobody
        can change the entries and keep the name.
    """

    system: Text | None = None
    entries: Annotated[tuple[CodeEntry, ...], Field(min_length=1, max_length=5000)]
    name: Text | None = None
    version: Text | None = None
    digest: Annotated[str, Field(pattern=DIGEST)] | None = None

    @model_validator(mode="after")
    def _is_what_its_digest_says(self) -> "CodeList":
        if self.digest is not None and self.digest != self.content_digest:
            raise ValueError(
                "The entries are not those of the saved code list: take the list again,"
                " or leave its name, version and digest out."
            )
        return self

    @model_validator(mode="after")
    def _names_what_has_a_version(self) -> "CodeList":
        if self.version is not None and self.name is None:
            raise ValueError("Name the code list that has this version.")
        return self

    @model_validator(mode="after")
    def _takes_something_in(self) -> "CodeList":
        if all(entry.exclude for entry in self.entries):
            raise ValueError(
                "The code list only takes codes out: add an entry to take codes in."
            )
        seen = set()
        for entry in self.entries:
            if (entry.code, entry.match) in seen:
                raise ValueError(
                    f"{entry.code} ({entry.match}) stands twice in the code list:"
                    " keep one of the two entries."
                )
            seen.add((entry.code, entry.match))
        return self

    @model_validator(mode="after")
    def _says_whose_descendants(self) -> "CodeList":
        if self.system is None and self.has_descendants:
            raise ValueError(
                "Name the code system in whose vocabulary codes are looked up."
            )
        return self

    @property
    def has_descendants(self) -> bool:
        """Whether the list needs a vocabulary to be understood."""
        return any(entry.match == "descendants" for entry in self.entries)

    @property
    def content_digest(self) -> str:
        """SHA-256 of the code system and the entries in any order, in hex."""
        entries = sorted(
            (
                entry.model_dump(mode="json", exclude_none=True)
                for entry in self.entries
            ),
            key=lambda entry: (entry["code"], entry["match"]),
        )
        return digest({"system": self.system, "entries": entries})

    @classmethod
    def of(cls, system: str | None, *patterns: str) -> "CodeList":
        """Write a code list short: ``CodeList.of("SKS", "DE11*", "!DE119")``.

        A trailing ``*`` means every code that begins so, a trailing ``+`` every code
        below it, a leading ``!`` takes out.
        """
        return cls(system=system, entries=tuple(map(_entry, patterns)))


def _entry(pattern: str) -> CodeEntry:
    code = pattern.removeprefix("!")
    match = _MATCHES.get(code[-1:], "exact")
    return CodeEntry(
        code=code if match == "exact" else code[:-1],
        match=match,
        exclude=pattern.startswith("!"),
    )
