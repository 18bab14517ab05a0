"""Look for mistakes in a question before anything runs.

Rules that look at the question alone, and rules that compare it with the catalogue of a
snapshot. Neither looks at data: what a linter says tells nothing about anybody.
"""

from collections.abc import Callable, Iterator, Sequence

from enclave.cohort import (
    catalogue_rules,
    contradictions,
    relation_rules,
    snapshot_rules,
)
from enclave.cohort.mistake import Mistake
from enclave.cohort.question import Question
from enclave.errors import InputError
from enclave.warehouse.catalogue import Catalogue


QUESTION_RULES: tuple[Callable[[Question], Iterator[Mistake]], ...] = (
    contradictions.ages_and_births,
    contradictions.before_birth,
    contradictions.criterion_and_its_opposite,
    contradictions.index_ruled_out,
    contradictions.repeated_criteria,
    contradictions.code_entries,
    relation_rules.asks_for_everybody,
    relation_rules.windows_and_dates,
    relation_rules.subsumed_criteria,
    relation_rules.groups_of_one,
    relation_rules.numbers_of_groups,
    relation_rules.double_negations,
    relation_rules.own_anchor,
    relation_rules.codes_of_the_other_sex,
    relation_rules.wide_prefixes,
    relation_rules.implausible_values,
    relation_rules.years_and_births,
)
CATALOGUE_RULES: tuple[Callable[[Question, Catalogue], Iterator[Mistake]], ...] = (
    catalogue_rules.tables,
    catalogue_rules.codes,
    catalogue_rules.systems,
    catalogue_rules.variables,
    catalogue_rules.values,
    catalogue_rules.coverage,
    snapshot_rules.vocabulary,
    snapshot_rules.sources,
    snapshot_rules.reference_limits,
    snapshot_rules.observation,
    snapshot_rules.contacts,
    snapshot_rules.first_ever,
    snapshot_rules.conversions,
    snapshot_rules.variable_windows,
)


def lint(question: Question, catalogue: Catalogue) -> list[Mistake]:
    """Return what is wrong with a question on a catalogue, errors first."""
    found = lint_alone(question)
    found += [each for rule in CATALOGUE_RULES for each in rule(question, catalogue)]
    return sorted(found, key=lambda finding: finding.severity)


def lint_alone(question: Question) -> list[Mistake]:
    """Return what is wrong with a question on any catalogue."""
    return [each for rule in QUESTION_RULES for each in rule(question)]


def refuse(findings: Sequence[Mistake]) -> None:
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
