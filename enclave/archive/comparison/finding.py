"""What the comparison of one piece of an output found."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from enclave.archive.comparison.verdict import Verdict, worst


@dataclass(frozen=True)
class Difference:
    """One place where two copies are not the same.

    Attributes
    ----------
    where
        The place, in words: ``line 3``, ``table 1, row 2, column 4``.
    archived, rerun
        What stands there in either copy.
    reason
        Why it counts as it does.
    verdict
        How it counts.
    """

    where: str
    archived: str
    rerun: str
    reason: str
    verdict: Verdict = Verdict.DIFFERS


@dataclass(frozen=True)
class Finding:
    """A verdict, with every difference behind it and the rules that fired."""

    verdict: Verdict = Verdict.IDENTICAL
    differences: tuple[Difference, ...] = ()
    rules: frozenset[str] = field(default_factory=frozenset)


SAME = Finding()


def differing(where: str, archived: str, rerun: str, reason: str) -> Finding:
    """Return the finding of one difference that nothing explains."""
    return Finding(Verdict.DIFFERS, (Difference(where, archived, rerun, reason),))


def merge(findings: Iterable[Finding]) -> Finding:
    """Join the findings of the parts of an output: the worst verdict wins."""
    parts = [finding for finding in findings if finding is not SAME]
    return Finding(
        verdict=worst(part.verdict for part in parts),
        differences=tuple(each for part in parts for each in part.differences),
        rules=frozenset().union(*(part.rules for part in parts)),
    )
