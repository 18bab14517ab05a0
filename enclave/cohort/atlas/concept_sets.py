"""Concept sets, which are code lists of the code system OMOP."""

from enclave.cohort.atlas.part import Part
from enclave.cohort.atlas.report import Report
from enclave.cohort.atlas.vocabulary import SYSTEM
from enclave.cohort.codes import CodeEntry, CodeList, Match


_LONGEST_NAME = 100
# What ATLAS repeats of the vocabulary beside the id.
_LABELS = (
    "CONCEPT_NAME",
    "CONCEPT_CODE",
    "CONCEPT_CLASS_ID",
    "DOMAIN_ID",
    "INVALID_REASON",
    "INVALID_REASON_CAPTION",
    "STANDARD_CONCEPT",
    "STANDARD_CONCEPT_CAPTION",
    "VOCABULARY_ID",
    "VALID_START_DATE",
    "VALID_END_DATE",
)


class ConceptSets:
    """The concept sets of a definition, by their ids."""

    def __init__(self, parts: list[Part], report: Report) -> None:
        self._report = report
        self._names: dict[int, str] = {}
        self._lists: dict[int, CodeList | None] = {}
        self._used: set[int] = set()
        for part in parts:
            self._add(part)

    def codes(self, event: Part) -> CodeList | None:
        """Return the code list that an event's ``CodesetId`` names."""
        number = event.whole("CodesetId")
        if number is None:
            event.refuse(
                "CodesetId", "a question asks for codes: name a concept set here"
            )
            return None
        self._used.add(number)
        if number not in self._lists:
            event.refuse("CodesetId", f"there is no concept set {number}")
        return self._lists.get(number)

    def check_use(self) -> None:
        """Note the concept sets that nothing asks for."""
        for number, name in self._names.items():
            if number not in self._used:
                self._report.note(
                    f"Concept set {name}: nothing in the definition uses it."
                )

    def _add(self, part: Part) -> None:
        number, name = part.whole("id"), " ".join((part.text("name") or "").split())
        expression = part.part("expression")
        part.close()
        if number is None:
            part.refuse("id", "the number is missing: add it")
            return
        if number in self._names:
            part.refuse("id", f"there are two concept sets {number}: keep one")
        self._names[number] = name or str(number)
        self._lists[number] = None
        items = expression.parts("items") if expression else []
        if expression:
            expression.close()
        entries = [entry for item in items if (entry := self._entry(item))]
        if not items:
            part.refuse("expression.items", "the concept set is empty: fill it")
        elif len(entries) == len(items):
            self._lists[number] = self._report.make(
                part.path,
                lambda: CodeList(
                    system=SYSTEM,
                    # The same concept twice says nothing more.
                    entries=tuple(dict.fromkeys(entries)),
                    name=name[:_LONGEST_NAME].strip() or None,
                ),
            )

    def _entry(self, item: Part) -> CodeEntry | None:
        concept = item.part("concept")
        out, below = item.flag("isExcluded"), item.flag("includeDescendants")
        item.close(
            {"includeMapped": "a question does not follow mappings: list the concepts"}
        )
        number = concept_id(concept) if concept else None
        if number is None:
            item.refuse("concept", "the concept is missing: add it")
            return None
        match: Match = "descendants" if below else "exact"
        return CodeEntry(code=str(number), match=match, exclude=out)


def concept_id(concept: Part) -> int | None:
    """Return the id of a concept, and pass over what the vocabulary says of it."""
    number = concept.whole("CONCEPT_ID")
    for name in _LABELS:
        concept.take(name)
    concept.close()
    if number is None:
        concept.refuse("CONCEPT_ID", "the id is missing: add it")
    return number
