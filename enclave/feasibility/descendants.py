"""Name the codes that a question means by their ancestors.

Which codes stand below which is in the vocabulary of the snapshot; the index has codes
only.
"""

from collections import defaultdict
from typing import Any

from enclave.cohort.codes import CodeEntry, CodeList
from enclave.cohort.node import Node
from enclave.cohort.question import EventCriterion, Question
from enclave.errors import InputError
from enclave.warehouse.snapshot import Snapshot


VOCABULARY = "code_ancestor"


def with_codes_named(question: Question, snapshot: Snapshot) -> Question:
    """Return a question in which every code below another is named.

    Raises
    ------
    InputError
        If codes are asked for by their ancestors and the snapshot has no vocabulary.
    """
    asked = {
        (criterion.codes.system, entry.code)
        for _, criterion in question.walk()
        if isinstance(criterion, EventCriterion)
        for entry in criterion.codes.entries
        if entry.match == "descendants"
    }
    if not asked:
        return question
    below = _below(asked, snapshot)
    named: Question = _named(question, below)
    return named


def _below(
    asked: set[tuple[str | None, str]], snapshot: Snapshot
) -> dict[tuple[str | None, str], list[str]]:
    if VOCABULARY not in snapshot.manifest.tables:
        raise InputError(
            "The question asks for codes below others, and this snapshot holds no"
            " vocabulary to look them up in. Name the codes, or use prefixes."
        )
    ancestors = sorted({code for _, code in asked})
    with snapshot.connect() as engine:
        rows = engine.execute(
            f"FROM {VOCABULARY} SELECT DISTINCT code_system, ancestor, code"
            " WHERE list_contains(?, ancestor) AND code IS NOT NULL",
            [ancestors],
        ).fetchall()
    # A code is below itself, whether or not the vocabulary says so.
    below = defaultdict(list, {one: [one[1]] for one in asked})
    for system, ancestor, code in rows:
        # Codes of no system are below nothing, as for the engine.
        if code != ancestor and system is not None:
            below[system, ancestor].append(code)
    return below


def _named(part: Any, below: dict[tuple[str | None, str], list[str]]) -> Any:
    """Rewrite a part of a question; lists may become longer than one may ask for."""
    if isinstance(part, tuple):
        return tuple(_named(each, below) for each in part)
    if isinstance(part, CodeList):
        entries = [
            each
            for entry in part.entries
            for each in _entries(entry, below[part.system, entry.code])
        ]
        return part.model_copy(update={"entries": tuple(entries)})
    if isinstance(part, Node):
        return part.model_copy(
            update={name: _named(each, below) for name, each in part}
        )
    return part


def _entries(entry: CodeEntry, below: list[str]) -> list[CodeEntry]:
    if entry.match != "descendants":
        return [entry]
    return [
        CodeEntry(code=code, match="exact", exclude=entry.exclude) for code in below
    ]
