"""What a comparison can conclude."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """How a re-run relates to what was archived, from best to worst."""

    IDENTICAL = "identical"
    """Equal, but for what carries no meaning, such as memory addresses."""

    NUMERICALLY_EQUAL = "numerically equal"
    """Every number agrees within the tolerance; every word is the same."""

    EXPLAINED_DRIFT = "explained drift"
    """The differences are of a kind that a named rule explains."""

    DIFFERS = "differs"
    """At least one difference is not explained."""

    COULD_NOT_RUN = "could not run"
    """There is nothing to compare: the analysis did not run to its end."""


_SEVERITY = {verdict: rank for rank, verdict in enumerate(Verdict)}


def severity(verdict: Verdict) -> int:
    """Return how bad a verdict is, from 0."""
    return _SEVERITY[verdict]


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of several verdicts; of none, identical."""
    return max(verdicts, key=_SEVERITY.__getitem__, default=Verdict.IDENTICAL)
