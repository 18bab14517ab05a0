"""Look for mistakes in a question before anything runs.

Rules that look at the question alone, and rules that compare it with the catalogue of a
snapshot. Neither looks at data: what a linter says tells nothing about anybody.
"""

from collections.abc import Callable, Iterator, Sequence

from enclave.cohort import catalogue_rules, contradictions
from enclave.cohort.finding import Finding
from enclave.cohort.question import Question
from enclave.errors import InputError
from enclave.warehouse.catalogue import Catalogue


CONTRADICTIONS: tuple[Callable[[Question], Iterator[Finding]], ...] = (
    contradictions.ages_and_births,
    contradictions.before_birth,
    contradictions.criterion_and_its_opposite,
    contradictions.index_ruled_out,
    contradictions.repeated_criteria,
    contradictions.code_entries,
)
CATALOGUE_RULES: tuple[Callable[[Question, Catalogue], Iterator[Finding]], ...] = (
    catalogue_rules.tables,
    catalogue_rules.codes,
    catalogue_rules.systems,
    catalogue_rules.variables,
    catalogue_rules.values,
    catalogue_rules.coverage,
)


def lint(question: Question, catalogue: Catalogue) -> list[Finding]:
    """Return what is wrong with a question on a catalogue, errors first."""
    found = [each for rule in CONTRADICTIONS for each in rule(question)]
    found += [each for rule in CATALOGUE_RULES for each in rule(question, catalogue)]
    return sorted(found, key=lambda finding: finding.severity)


def refuse(findings: Sequence[Finding]) -> None:
    """Refuse a question in which an error was found; warnings pass.

    Raises
    ------
    InputError
        Naming each error, with close matches for what is unknown.
    """
    errors = [each for each in findings if each.severity == "error"]
    if errors:
        lines = "\n".join(f"  {each.path}: {each.message}" for each in errors)
        raise InputError(f"This question cannot be asked here:\n{lines}")
