"""What the API answers about feasibility, as one agreed shape.

Found, few or none: the fields are the same, so that nothing can be read off the shape.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from enclave.disclosure.explanation import explain
from enclave.disclosure.policy import Policy
from enclave.disclosure.summary import ProtectedSummary
from enclave.feasibility.protected_extent import ProtectedExtent


class _Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True, frozen=True)


class CountAnswer(_Answer):
    """A protected count.

    Attributes
    ----------
    shown
        In English words: ``1,240`` or ``fewer than 20``.
    value
        Persons, with noise and rounded; null if hidden.
    answered_before
        Whether the person had asked before, so that it was free.
    budget_left
        New questions that the person may still ask now.
    question_digest
        SHA-256 of the question as asked.
    snapshot
        Number of the snapshot that was counted on.
    """

    shown: str
    value: int | None
    answered_before: bool
    budget_left: int
    question_digest: str
    snapshot: int


class StepAnswer(_Answer):
    """How many remain after a step of a question, protected."""

    label_en: str
    label_da: str
    shown: str
    value: int | None


class AttritionAnswer(_Answer):
    """The steps of a question in its own order, the first one before any criterion."""

    steps: tuple[StepAnswer, ...]
    budget_left: int
    snapshot: int


class CellAnswer(_Answer):
    """One cell of a breakdown, protected.

    Attributes
    ----------
    name
        Such as ``female 40-49``, ``2019``, ``lab.value``.
    hidden_en, hidden_da
        Why it is hidden and what would show it; null if it is shown.
    """

    name: str
    shown: str
    value: int | None
    hidden_en: str | None
    hidden_da: str | None


class CellsAnswer(_Answer):
    """A cohort cell by cell; every cell is listed, whether or not anybody is in it.

    Attributes
    ----------
    total
        The sum of the noisy cells, less exact than a count by itself.
    sigma
        Standard deviation of the noise of one cell (persons).
    """

    total: CountAnswer
    cells: tuple[CellAnswer, ...]
    sigma: float


class ExtentAnswer(_Answer):
    """How much of a variable a cohort has; see ``feasibility.extent_reading``.

    Attributes
    ----------
    median_from, median_to
        Between how many values half of those with any have; ``median_to`` is null for
        "or more", and both where hidden.
    first_year, last_year
        From and until when patients have values; null where hidden, and where values
        have no date.
    or_earlier
        Whether ``first_year`` stands for all years until then.
    hidden_en, hidden_da
        Why something is hidden and what would show it; null if nothing is.
    """

    name: str
    median_from: int | None
    median_to: int | None
    first_year: int | None
    or_earlier: bool
    last_year: int | None
    hidden_en: str | None
    hidden_da: str | None


class ExtentsAnswer(_Answer):
    """How much of each variable a cohort has, at the price of one question.

    Attributes
    ----------
    sigma
        Standard deviation of the noise that all of it was read through (persons): that
        of a half that was asked second, which is the largest.
    """

    variables: tuple[ExtentAnswer, ...]
    sigma: float
    answered_before: bool
    budget_left: int
    question_digest: str
    snapshot: int

    @classmethod
    def of(
        cls, found: ProtectedSummary[tuple[ProtectedExtent, ...]]
    ) -> "ExtentsAnswer":
        """Write what was found."""
        return cls.model_validate({**vars(found), "variables": found.said})


class CostAnswer(_Answer):
    """What one criterion costs: the cohort with it alone, and without it."""

    number: int
    label_en: str
    label_da: str
    alone: CountAnswer
    without: CountAnswer


class CostsAnswer(_Answer):
    """What each criterion of a question costs, in the question's order."""

    cohort: CountAnswer
    criteria: tuple[CostAnswer, ...]
    budget_left: int
    snapshot: int


class ExactAnswer(_Answer):
    """An exact count, for data managers; on purpose without a field of the others."""

    exact_persons: int
    asked_question_digest: str
    on_snapshot: int


class RemarkAnswer(_Answer):
    """What the linter says of a question; see ``cohort.mistake``."""

    severity: Literal["error", "warning"]
    message: str
    path: str


class ComposedAnswer(_Answer):
    """How many of a person's new questions may be composed ones."""

    left: int
    limit_30_days: int
    used_30_days: int
    more_at: datetime | None


class BudgetAnswer(_Answer):
    """How many new questions a person may still ask; see ``disclosure.budget``."""

    left: int
    limit_30_days: int
    limit_year: int
    used_30_days: int
    used_year: int
    more_at: datetime | None
    composed: ComposedAnswer


class PolicyAnswer(_Answer):
    """The rules of the gate: values, menus and sentences.

    Attributes
    ----------
    explanation
        Sentences by language, ``en`` and ``da``.
    """

    digest: str
    rules: Policy
    explanation: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, policy: Policy) -> "PolicyAnswer":
        """Describe a policy."""
        return cls(
            digest=policy.digest,
            rules=policy,
            explanation={"en": explain(policy, "en"), "da": explain(policy, "da")},
        )
