"""The chain itself: entries as plain documents, so that it can be checked anywhere.

An entry is a JSON object with ``number``, ``at``, ``actor``, ``action``, ``subject``,
``details``, ``previous`` and ``hash``. ``hash`` is the SHA-256 of the canonical form of
the others, and ``previous`` the hash of the entry before, so nothing is needed to check
a log but the log.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from enclave.canonical import digest
from enclave.errors import IntegrityError


GENESIS = "0" * 64

_ADVICE = "Compare with the last signed root and the backup."


@dataclass(frozen=True)
class Verification:
    """A chain that was checked from its first entry to its last."""

    entries: int
    head: str


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Return the hash of an entry's content."""
    return digest({key: value for key, value in entry.items() if key != "hash"})


def check(
    entries: Iterable[Mapping[str, Any]], heads: Mapping[int, str] | None = None
) -> Verification:
    """Walk a chain from its first entry.

    Parameters
    ----------
    heads
        What signed roots say: the hash that the entry of a number must have. The
        largest number shows whether the end of the log was cut off.

    Raises
    ------
    IntegrityError
        Naming the first entry that does not fit, or is missing.
    """
    heads = heads or {}
    head, count = GENESIS, 0
    for entry in entries:
        number = entry.get("number")
        if number != count + 1:
            raise IntegrityError(
                f"Audit entry {count + 1} is missing: the log goes on with entry"
                f" {number}. {_ADVICE}"
            )
        if entry.get("previous") != head or entry.get("hash") != entry_hash(entry):
            raise IntegrityError(
                f"Audit entry {number} was changed after it was written. {_ADVICE}"
            )
        head, count = str(entry["hash"]), count + 1
        if heads.get(count, head) != head:
            raise IntegrityError(
                f"Audit entry {count} is not the one that was signed: the log was"
                f" written anew up to there. {_ADVICE}"
            )
    signed = max(heads, default=0)
    if signed > count:
        raise IntegrityError(
            f"The log ends with entry {count}, but a signed root says that there were"
            f" {signed}: its end was cut off. {_ADVICE}"
        )
    return Verification(entries=count, head=head)
