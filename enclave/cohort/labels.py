"""What the codes, tables and variables of a question are called."""

from enclave.cohort.criteria import EventCriterion
from enclave.cohort.question import Question
from enclave.cohort.wording import Language
from enclave.warehouse.catalogue import Catalogue


def labels_of(
    question: Question, catalogue: Catalogue, language: Language
) -> dict[str, str]:
    """Return the labels that :func:`enclave.cohort.rendering.describe` shows.

    Keyed by ``SKS:DE11`` for codes (by ``table:code`` where the question names no code
    system), ``lab`` for tables and ``lab.value`` for variables.
    """
    labels = {table.name: getattr(table.label, language) for table in catalogue.tables}
    labels |= {
        each.full_name: getattr(each.label, language) for each in catalogue.variables
    }
    return labels | _of_codes(question, catalogue, language)


def _of_codes(
    question: Question, catalogue: Catalogue, language: Language
) -> dict[str, str]:
    systems = {table.name: table.code_system for table in catalogue.tables}
    asked = {
        f"{event.codes.system or event.table}:{entry.code}": (
            event.codes.system or systems.get(event.table or ""),
            entry.code,
        )
        for _, event in question.walk()
        if isinstance(event, EventCriterion)
        for entry in event.codes.entries
    }
    known: dict[tuple[str | None, str], str | None] = {
        (code.system, code.code): code.label_da if language == "da" else code.label_en
        for code in (catalogue.codes if asked else ())
    }
    return {key: label for key, pair in asked.items() if (label := known.get(pair))}
