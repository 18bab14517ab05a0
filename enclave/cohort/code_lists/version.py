"""One version of a code list, and what may become one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from enclave.cohort.code_lists.entries import ListEntry, as_codes
from enclave.cohort.codes import CodeList


class Sharing(StrEnum):
    """Who may read and use a list; only its owner changes it."""

    PRIVATE = "private"
    INSTITUTION = "institution"
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Draft:
    """A version that is to be saved.

    Attributes
    ----------
    note
        Why, or from where: for whoever reads the versions later.
    """

    name: str
    system: str
    entries: tuple[ListEntry, ...]
    note: str = ""


@dataclass(frozen=True)
class Version:
    """One version of a code list, as it was saved.

    Attributes
    ----------
    full_name
        Owner and name, ``rikke/type-2-diabetes``; unique in the installation.
    digest
        SHA-256 of what the entries mean; see ``CodeList.content_digest``.
    """

    full_name: str
    owner: str
    system: str
    shared: Sharing
    version: int
    entries: tuple[ListEntry, ...]
    digest: str
    note: str
    saved: datetime

    @property
    def codes(self) -> CodeList:
        """The list as a question embeds it: with name, version and digest."""
        plain = as_codes(self.system, self.entries).model_dump()
        origin = {
            "name": self.full_name,
            "version": str(self.version),
            "digest": self.digest,
        }
        return CodeList.model_validate({**plain, **origin})
