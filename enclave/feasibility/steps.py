"""What is told of the steps and the criteria of a question, protected."""

from dataclasses import dataclass

from enclave.disclosure.protected import ProtectedCount


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
