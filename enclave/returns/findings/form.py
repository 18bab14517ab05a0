"""What a finding says: variable, source, pattern, evidence, and perhaps a rule."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from enclave.cohort import faults
from enclave.errors import InputError
from enclave.projects import free_text
from enclave.warehouse.catalogue import Catalogue
from enclave.warehouse.harmonisation import FullName, Rule, fits


LARGEST = 20_000


class FindingForm(BaseModel):
    """A data-quality finding.

    Attributes
    ----------
    source
        Which register, hospital or laboratory it is about; empty if all.
    pattern
        What is wrong, in words, and without a patient's value.
    evidence
        The query or code that shows it. It is read, and never executed.
    rule
        What loads shall do about it; null where nothing can be done.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )

    variable: FullName
    source: Annotated[str, Field(max_length=100)] = ""
    pattern: Annotated[str, Field(min_length=20, max_length=2_000)]
    evidence: Annotated[str, Field(min_length=5, max_length=4_000)]
    rule: Rule | None = None

    @model_validator(mode="after")
    def _is_about_one_variable(self) -> Self:
        if self.rule is not None and self.rule.variable != self.variable:
            raise ValueError("the rule is about another variable than the finding")
        return self


def read(document: Mapping[str, Any], catalogue: Catalogue) -> FindingForm:
    """Read a finding, and refuse one that cannot be triaged.

    Raises
    ------
    InputError
        If a field is wrong, a CPR number stands in it, or the rule does not fit.
    NotFoundError
        If the catalogue has no such variable.
    """
    free_text.check_form(document)
    try:
        form = FindingForm.model_validate(document)
    except ValidationError as error:
        said = "\n".join(f"  {line}" for line in faults.lines(error))
        raise InputError(f"The finding was not kept:\n{said}") from None
    check_rule(form.rule, form.variable, catalogue)
    return form


def check_rule(rule: Rule | None, variable: str, catalogue: Catalogue) -> None:
    """Refuse a rule that no load could obey.

    Raises
    ------
    InputError
        If it does not fit its table.
    NotFoundError
        If the catalogue has no such variable.
    """
    table = catalogue.table(catalogue.variable(variable).table)
    if rule is None:
        return
    columns = {one.name: (one.type, one.role) for one in table.variables}
    if rule.variable != variable or not fits(rule, columns):
        raise InputError(
            f"A rule of kind {rule.kind} does not fit {variable}: look at the types of"
            f" its table with `enclave catalogue show {table.name}`. Rules never touch"
            " persons and dates."
        )
