"""Compare a code list with the codes that a snapshot knows."""

from collections.abc import Sequence
from dataclasses import dataclass

from enclave.cohort.code_lists.entries import ListEntry
from enclave.cohort.known_codes import KnownCodes


# Looking for what was meant takes a tenth of a second in a large code system.
_GUESSES = 10


@dataclass(frozen=True)
class Unknown:
    """An entry that finds nothing in this warehouse.

    It is no error: lists come from elsewhere, and from other years' classifications.

    Attributes
    ----------
    meant
        Codes that may have been meant; at most three.
    """

    code: str
    meant: tuple[str, ...]

    def __str__(self) -> str:
        meant = f" Did you mean {', '.join(self.meant)}?" if self.meant else ""
        return f"{self.code} is not in this warehouse.{meant}"


def unknown(
    system: str, entries: Sequence[ListEntry], known: KnownCodes
) -> list[Unknown]:
    """Return the entries without a known code.

    In a code system that the warehouse lacks, all are unknown.
    """
    found = [entry.code for entry in entries if not known.has(entry, system)]
    return [
        Unknown(code, tuple(known.close_to(code, system)) if number < _GUESSES else ())
        for number, code in enumerate(found)
    ]
