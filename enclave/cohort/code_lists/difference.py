"""What changed from one version of a code list to another."""

from collections.abc import Iterable
from dataclasses import dataclass

from enclave.cohort.code_lists.entries import ListEntry


@dataclass(frozen=True)
class Change:
    """One code whose entry is another one now."""

    before: ListEntry
    after: ListEntry


@dataclass(frozen=True)
class Difference:
    """Entries that came, went, and changed; each in the order of its version."""

    added: tuple[ListEntry, ...]
    removed: tuple[ListEntry, ...]
    changed: tuple[Change, ...]

    @property
    def nothing(self) -> bool:
        """True where both versions have the same entries, in whatever order."""
        return not (self.added or self.removed or self.changed)


def difference(before: Iterable[ListEntry], after: Iterable[ListEntry]) -> Difference:
    """Compare two versions code by code.

    A code is changed if both versions have it and something else about it differs:
    whether its descendants count, whether it is excluded, its label.
    """
    old, new = list(before), list(after)
    same = {*old} & {*new}
    old = [entry for entry in old if entry not in same]
    new = [entry for entry in new if entry not in same]
    changed: list[Change] = []
    # A code may stand twice, alone and with its descendants: pair like with like first.
    for key in (_code_and_match, _code):
        earlier = {key(entry): entry for entry in old}
        pairs = [
            Change(earlier[key(entry)], entry) for entry in new if key(entry) in earlier
        ]
        gone = {one.before for one in pairs}
        came = {one.after for one in pairs}
        old = [entry for entry in old if entry not in gone]
        new = [entry for entry in new if entry not in came]
        changed += pairs
    return Difference(tuple(new), tuple(old), tuple(changed))


def _code_and_match(entry: ListEntry) -> str:
    return f"{entry.match} {entry.code}"


def _code(entry: ListEntry) -> str:
    return entry.code
