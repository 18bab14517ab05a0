"""What is told of the steps and the criteria of a question, protected."""

from collections.abc import Sequence
from dataclasses import dataclass

from enclave.cohort.attrition import QuestionStep
from enclave.disclosure.protected import ProtectedCount
from enclave.feasibility.counting import Variants


@dataclass(frozen=True)
class ProtectedStep:
    """How many remain after a step, and what the step is called."""

    label_en: str
    label_da: str
    value: int | None
    shown: str


@dataclass(frozen=True)
class ProtectedAttrition:
    """The steps of a question, the first one before any criterion."""

    steps: tuple[ProtectedStep, ...]
    budget_left: int
    snapshot: int

    @classmethod
    def of(
        cls, steps: Sequence[QuestionStep], counts: Sequence[ProtectedCount]
    ) -> "ProtectedAttrition":
        """Put the counts to their steps."""
        pairs = zip(steps, counts, strict=True)
        return cls(
            steps=tuple(
                ProtectedStep(step.label_en, step.label_da, one.value, one.shown)
                for step, one in pairs
            ),
            budget_left=counts[-1].budget_left,
            snapshot=counts[-1].snapshot,
        )


@dataclass(frozen=True)
class ProtectedCost:
    """What one criterion costs, wherever it stands.

    Attributes
    ----------
    number
        Its place among the criteria of the question, from 0.
    alone
        How many remain if it is the only criterion.
    without
        How many remain if it is left out and all others stay.
    """

    number: int
    label_en: str
    label_da: str
    alone: ProtectedCount
    without: ProtectedCount


@dataclass(frozen=True)
class ProtectedCosts:
    """What each criterion of a question costs, in the question's order."""

    cohort: ProtectedCount
    criteria: tuple[ProtectedCost, ...]
    budget_left: int
    snapshot: int

    @classmethod
    def of(
        cls,
        cohort: ProtectedCount,
        variants: Sequence[Variants],
        counts: Sequence[ProtectedCount],
    ) -> "ProtectedCosts":
        """Put the counts, two of each, to the criteria."""
        pairs = zip(counts[::2], counts[1::2], strict=True)
        return cls(
            cohort=cohort,
            criteria=tuple(
                ProtectedCost(one.number, one.label_en, one.label_da, *found)
                for one, found in zip(variants, pairs, strict=True)
            ),
            budget_left=cohort.budget_left,
            snapshot=cohort.snapshot,
        )
