"""Rules that compare a question with a catalogue: what the warehouse cannot answer."""

from collections.abc import Iterator

from enclave.cohort.criteria import EventCriterion
from enclave.cohort.known_codes import KnownCodes
from enclave.cohort.mistake import Mistake, error, warning
from enclave.cohort.question import Question
from enclave.errors import NotFoundError
from enclave.warehouse.catalogue import Catalogue, TableEntry


def tables(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find tables that are not there or hold no coded events."""
    for path, event in events(question):
        if event.table is None:
            continue
        table = _table(catalogue, event.table)
        if table is None or not _has_events(table):
            yield error(
                f"{path}.table",
                f"{event.table} is not a table of coded events. Choose one of"
                f" {', '.join(_names(catalogue))}, or leave the table out.",
            )


def codes(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find code systems and codes that are not there."""
    known = KnownCodes(catalogue.codes)
    for path, event in events(question):
        system = _system(event, catalogue)
        if system is None:
            continue
        if system not in known.systems:
            yield error(
                f"{path}.codes.system",
                f"There is no code system {system} in the catalogue. There are"
                f" {', '.join(known.systems)}.",
            )
            continue
        for number, entry in enumerate(event.codes.entries):
            if not known.has(entry, system):
                found = warning if entry.exclude else error
                yield found(
                    f"{path}.codes.entries[{number}]",
                    _unknown_code(entry.code, system, known),
                )


def systems(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find tables whose codes are of another code system than the list."""
    for path, event in events(question):
        table = _table(catalogue, event.table) if event.table else None
        if table is None or table.code_system is None or event.codes.system is None:
            continue
        if table.code_system != event.codes.system:
            yield error(
                f"{path}.codes.system",
                f"The codes of the table {table.name} are {table.code_system} and not"
                f" {event.codes.system}: change the code system or the table.",
            )


def variables(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find variables that are not there, or that nobody is ever given."""
    for number, name in enumerate(question.variables):
        path = f"variables[{number}]"
        try:
            variable = catalogue.variable(name)
        except NotFoundError as unknown:
            yield error(path, str(unknown))
            continue
        if variable.sensitivity == "direct_identifier":
            yield error(
                path,
                f"{name} tells who a person is and is never given out: take it out."
                " Each delivery has a pseudonym in its place.",
            )


def values(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find values and units that no event can have, and units that are left open."""
    for path, event in events(question):
        if event.value is None:
            continue
        asked = tables_of(event, catalogue)
        measured = [table for table in asked if table.role("value")]
        if asked and not measured:
            names = ", ".join(table.name for table in asked)
            yield error(
                f"{path}.value",
                f"The events of {names} have no values: take the value out, or choose"
                " another table.",
            )
        elif measured and event.value.convert is None:
            yield from _unit(f"{path}.value.unit", event.value.unit, measured)


def coverage(question: Question, catalogue: Catalogue) -> Iterator[Mistake]:
    """Find dates before the first or after the last events of the tables."""
    for path, event in events(question):
        asked = tables_of(event, catalogue)
        starts = [table.coverage_from for table in asked if table.coverage_from]
        ends = [table.coverage_to for table in asked if table.coverage_to]
        if event.dates is None or not starts or not ends:
            continue
        too_late = event.dates.start is not None and event.dates.start > max(ends)
        too_early = event.dates.end is not None and event.dates.end < min(starts)
        if too_late or too_early:
            yield warning(
                f"{path}.dates",
                f"The warehouse has these events from {min(starts)} to {max(ends)}:"
                " choose dates in that period.",
            )


def _unit(path: str, unit: str | None, measured: list[TableEntry]) -> Iterator[Mistake]:
    fixed = {value.unit for table in measured if (value := table.role("value"))}
    varies = any(table.role("unit") for table in measured)
    known = sorted(each for each in fixed if each)
    if unit is None and (varies or len(known) > 1):
        yield warning(
            path,
            "The unit differs from row to row: name the unit, so that 5 g/L and 5 mg/L"
            " are not compared with the same number.",
        )
    elif unit is not None and not varies and unit not in known:
        yield error(
            path,
            f"The values are in {' or '.join(known)}, not in {unit}: change the unit."
            if known
            else "The values have no unit: take the unit out.",
        )


def _unknown_code(code: str, system: str, known: KnownCodes) -> str:
    close = known.close_to(code, system)
    meant = f" Did you mean {', '.join(close)}?" if close else ""
    return (
        f"{system} has no code {code} in the catalogue.{meant} Search with: enclave"
        " catalogue search TEXT."
    )


def events(question: Question) -> Iterator[tuple[str, EventCriterion]]:
    """Yield every event criterion of a question with its path."""
    for path, node in question.walk():
        if isinstance(node, EventCriterion):
            yield path, node


def tables_of(event: EventCriterion, catalogue: Catalogue) -> list[TableEntry]:
    """Return the tables whose events a criterion may mean."""
    return [
        table
        for table in catalogue.tables
        if _has_events(table)
        and event.table in {None, table.name}
        and (
            table.code_system is None or event.codes.system in {None, table.code_system}
        )
    ]


def _system(event: EventCriterion, catalogue: Catalogue) -> str | None:
    if event.codes.system is not None:
        return event.codes.system
    table = _table(catalogue, event.table) if event.table else None
    return table.code_system if table else None


def _table(catalogue: Catalogue, name: str) -> TableEntry | None:
    return next((table for table in catalogue.tables if table.name == name), None)


def _has_events(table: TableEntry) -> bool:
    return table.kind == "event" and table.role("code") is not None


def _names(catalogue: Catalogue) -> list[str]:
    return [table.name for table in catalogue.tables if _has_events(table)]
