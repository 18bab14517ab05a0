"""Rules about what a snapshot keeps beside codes: sources, limits, periods."""

from collections.abc import Iterator

from enclave.cohort.catalogue_rules import events, tables_of
from enclave.cohort.criteria import SameContact, Within
from enclave.cohort.mistake import Mistake, error, warning
from enclave.cohort.question import Question
from enclave.cohort.units import converted
from enclave.warehouse.catalogue import Catalogue


def vocabulary(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find descendants that there is no vocabulary for."""
    if any(table.name == "code_ancestor" for table in catalogue.tables):
        return
    for path, event in events(question):
        if event.codes.has_descendants:
            yield error(
                f"{path}.codes",
                "This snapshot has no vocabulary that says which codes are below"
                " others: name the codes, or use prefixes.",
            )


def sources(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find sources asked of tables that do not say where a row came from."""
    for path, event in events(question):
        asked = tables_of(event, catalogue)
        if event.sources and asked and not any(t.role("source") for t in asked):
            yield error(
                f"{path}.sources",
                "These events do not say from which source they come: take the sources"
                " out, or name a table of that source.",
            )


def reference_limits(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find abnormal asked of tables without reference limits."""
    for path, event in events(question):
        asked = tables_of(event, catalogue)
        if (
            event.abnormal
            and asked
            and not any(table.role("low") or table.role("high") for table in asked)
        ):
            yield error(
                f"{path}.abnormal",
                "These events have no reference limits of their own: compare the value"
                " with a number instead.",
            )


def observation(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find observation asked of a snapshot without periods of it."""
    if any(table.role("from") and table.role("to") for table in catalogue.tables):
        return
    asked = [
        f"{path}.observed"
        for path, node in question.walk()
        if isinstance(node, Within) and node.observed
    ]
    if question.population.observed is not None:
        asked.append("population.observed")
    if question.index_observed is not None:
        asked.append("index_observed")
    for path in asked:
        yield error(
            path,
            "This snapshot has no table of periods under observation, so nobody would"
            " be found: take it out, and ask for an event before the period instead.",
        )


def contacts(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find "same contact" asked of tables that do not name the contact."""
    for path, node in question.walk():
        if not isinstance(node, SameContact):
            continue
        for name, event in (("criterion", node.criterion), ("anchor", node.anchor)):
            asked = tables_of(event, catalogue)
            if asked and not any(table.role("contact") for table in asked):
                yield error(
                    f"{path}.{name}",
                    "These events do not say in which contact they happened, so nobody"
                    " would be found: use a window of days instead (around, from 0 to"
                    " 0).",
                )


def first_ever(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find "first ever" where the data may begin later than the illness."""
    for path, event in events(question):
        starts = [
            table.coverage_from
            for table in tables_of(event, catalogue)
            if table.coverage_from
        ]
        dates = event.dates
        if event.pick == "first_ever" and starts and dates and dates.start:
            years = dates.start.year - min(starts).year
            if years < 1:
                yield warning(
                    f"{path}.pick",
                    f"The data begin on {min(starts)}, so that what looks like the"
                    " first event may be a later one: begin the period at least a year"
                    " after.",
                )


def conversions(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find conversions where every value has the same unit."""
    for path, event in events(question):
        measured = [t for t in tables_of(event, catalogue) if t.role("value")]
        value = event.value
        if value is None or value.convert is None or value.unit is None:
            continue
        alike = converted(1.0, value.unit, value.convert)
        fixed = [each.unit for t in measured if (each := t.role("value"))]
        if not measured or any(t.role("unit") for t in measured):
            continue
        if any(unit in alike for unit in fixed):
            continue
        yield error(
            f"{path}.value.convert",
            "None of these values is in a unit that can be converted: take convert out,"
            " and give the number in the unit of the values.",
        )


def variable_windows(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find windows of variables that have no date."""
    dated = {table.name for table in catalogue.tables if table.role("date")}
    for number, window in enumerate(question.variable_windows or ()):
        if window.variable.split(".")[0] not in dated:
            yield error(
                f"variable_windows[{number}]",
                f"{window.variable} has no date: take its window out.",
            )
