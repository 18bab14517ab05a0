"""The 24 checks in their order, and what comes of running them.

Source: DAIMS, the checklist for datasets that machines learn from, of the PERSIMUNE
programme. Numbers and order are its own; where it needs a person, the result says so.
"""

from collections.abc import Callable, Iterator

from pydantic import BaseModel, ConfigDict

from enclave.returns.codebook import Codebook
from enclave.returns.daims import (
    dependence,
    identity,
    people,
    shape,
    values,
    writing,
)
from enclave.returns.daims.finding import Finding, Problem, Status
from enclave.returns.dataset import Dataset


CHECKS: tuple[Callable[[Dataset, Codebook], Iterator[Problem]], ...] = (
    shape.wide,
    shape.unique_id,
    writing.plain_characters,
    shape.no_duplicates,
    shape.id_first,
    shape.outcome_last,
    writing.no_brackets,
    writing.one_missing_token,
    shape.no_empty_row,
    people.codebook_present,
    values.within_limits,
    values.categories_listed,
    values.rare_categories_grouped,
    dependence.not_collinear,
    values.outliers_handled,
    writing.dates_as_described,
    writing.decimal_point,
    writing.latin_script,
    people.international_terms,
    values.one_standard,
    values.no_errors,
    values.missing_explained,
    shape.relevant,
    identity.nobody_named,
)


class Result(BaseModel):
    """What the checks say of one dataset.

    ``rows`` and ``columns`` are its size; ``findings`` has one entry per check.
    """

    model_config = ConfigDict(frozen=True)

    rows: int
    columns: int
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> tuple[int, ...]:
        """Numbers of the checks that failed."""
        return self._with(Status.FAILED)

    @property
    def to_judge(self) -> tuple[int, ...]:
        """Numbers of the checks that a person has to decide."""
        return self._with(Status.TO_JUDGE)

    def _with(self, status: Status) -> tuple[int, ...]:
        return tuple(each.number for each in self.findings if each.status is status)


def check(data: Dataset, codebook: Codebook) -> Result:
    """Run all checks; none stops another."""
    return Result(
        rows=len(data.cells),
        columns=len(data.cells.columns),
        findings=tuple(
            _finding(number, tuple(function(data, codebook)))
            for number, function in enumerate(CHECKS, start=1)
        ),
    )


def _finding(number: int, problems: tuple[Problem, ...]) -> Finding:
    if any(problem.certain for problem in problems):
        return Finding(number, Status.FAILED, problems)
    return Finding(number, Status.TO_JUDGE if problems else Status.PASSED, problems)
