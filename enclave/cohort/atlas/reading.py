"""Read an ATLAS cohort definition (Circe JSON) as a question.

What a question can say is translated; what it cannot is refused by its name and place,
all of it at once, and nothing is passed over. A few things read a little differently
here: those are notes. How each is read: ``docs/how-to/exchange-with-atlas.md``.
"""

import json
from typing import Any, NamedTuple

from enclave.cohort.atlas.concept_sets import ConceptSets
from enclave.cohort.atlas.entry import Entry, read_entry
from enclave.cohort.atlas.part import Part
from enclave.cohort.atlas.report import Report
from enclave.cohort.question import Question
from enclave.errors import InputError


class Imported(NamedTuple):
    """A question, and what reads differently in it."""

    question: Question
    notes: tuple[str, ...]


# What WebAPI keeps round a definition.
_AROUND = (
    "id",
    "name",
    "description",
    "expressionType",
    "createdBy",
    "createdDate",
    "modifiedBy",
    "modifiedDate",
    "tags",
    "hasWriteAccess",
    "hasReadAccess",
)
_EXITS = {
    "EndStrategy": "a question does not say when persons leave a cohort",
    "CensoringCriteria": "a question does not say when persons leave a cohort",
    "CensorWindow": "a question does not cut cohorts at dates: use dates of the events",
}
_LEAVE_OUT = "; import with the exits left out if the entry is all you need"


def read_definition(text: str | bytes, *, entry_only: bool = False) -> Imported:
    """Translate a cohort definition.

    Parameters
    ----------
    text
        The JSON as ATLAS exports it, or as WebAPI returns it.
    entry_only
        True to leave out when persons leave the cohort, and note it.

    Raises
    ------
    InputError
        If it is no definition, or says what a question cannot say; each thing with its
        place in the JSON.
    """
    report = Report()
    definition = _unwrapped(text, report)
    sets = ConceptSets(definition.parts("ConceptSets"), report)
    entry = read_entry(definition, sets)
    _exits(definition, report, entry_only=entry_only)
    for name in ("Title", "cdmVersionRange"):
        definition.take(name)
    definition.close()
    sets.check_use()
    question = _question(entry, report)
    report.check("This ATLAS definition says what a question cannot say:")
    assert question is not None  # noqa: S101 - what is not made is refused
    return Imported(question, tuple(report.notes))


def read_json(text: str | bytes) -> Any:
    """Read JSON in which nothing would be dropped.

    Raises
    ------
    InputError
        If it is none, if a field stands twice in an object, or a number is none.
    """
    try:
        return json.loads(text, object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"This is not JSON: {error}.") from error


def _unwrapped(text: str | bytes, report: Report) -> Part:
    found = Part(read_json(text), "", report)
    if not found.has("PrimaryCriteria") and found.has("expression"):
        inner = found.take("expression")
        for name in _AROUND:
            found.take(name)
        found.close()
        if isinstance(inner, str):
            return _unwrapped(inner, report)
        found = Part(inner, "expression", report)
    if not found.has("PrimaryCriteria"):
        raise InputError(
            "This is not a cohort definition: it has no PrimaryCriteria. In ATLAS, take"
            " the JSON from the tab Export of the definition."
        )
    return found


def _each_once(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object; a field that stands twice would be dropped, and nobody told."""
    found: dict[str, Any] = {}
    for name, value in fields:
        if name in found:
            raise InputError(f"The field {name} stands twice in one object: keep one.")
        found[name] = value
    return found


def _no_number(word: str) -> None:
    raise InputError(f"{word} is no number: write one.")


def _exits(definition: Part, report: Report, *, entry_only: bool) -> None:
    settings = definition.part("CollapseSettings")
    if settings is not None:
        # One entry for each person: there is nothing to put together.
        settings.text("CollapseType")
        settings.whole("EraPad")
        settings.close()
    for name, why in _EXITS.items():
        if definition.take(name) is None:
            continue
        if entry_only and name != "CensorWindow":
            report.note(
                f"{name}: left out; who is in the cohort, and since when, stays."
            )
        else:
            hint = "" if name == "CensorWindow" else _LEAVE_OUT
            definition.refuse(name, f"{why}{hint}")


def _question(entry: Entry | None, report: Report) -> Question | None:
    if entry is None:
        return None
    return report.make("the definition", lambda: Question.model_validate(entry.fields))
