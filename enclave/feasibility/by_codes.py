"""A cohort by which codes its persons have: those named, or those most people have.

Which codes these are follows from the question and from what was released for
everybody, never from who is in the cohort.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from enclave.cohort.codes import CodeEntry, CodeList
from enclave.cohort.node import MalformedError
from enclave.cohort.question import EventCriterion, Question
from enclave.disclosure.grammar import code_refusals
from enclave.disclosure.layout import Cells, Layout
from enclave.disclosure.policy import Grammar
from enclave.errors import InputError, NotFoundError
from enclave.feasibility.cells import EVERYBODY, persons
from enclave.feasibility.cohorts import index_of
from enclave.feasibility.having import numbers_having
from enclave.feasibility.index.members import Members
from enclave.store.database import Database
from enclave.store.feasibility_tables import CodeBandRelease
from enclave.warehouse.snapshot import Snapshot


MOST_CODES = 20


class Code(NamedTuple):
    """A code as the open tier asks for it, such as ``DE11`` with all below it."""

    system: str
    code: str


@dataclass(frozen=True)
class ByCodes:
    """By which of some codes a person has at any time; the cell ``all`` is the cohort.

    Attributes
    ----------
    codes
        At most twenty. A person may have all of them, so that the noise grows with the
        square root of their number. One that stands twice is one.
    """

    codes: Sequence[Code]
    grammar: Grammar

    def __post_init__(self) -> None:
        object.__setattr__(self, "codes", tuple(dict.fromkeys(self.codes)))

    def layout(self, question: Question, snapshot: Snapshot) -> Layout:
        """Return a cell for each code.

        Raises
        ------
        InputError
            If there is none, if there are too many, or if one is finer than the open
            tier answers.
        """
        del question, snapshot
        if not 1 <= len(self.codes) <= MOST_CODES:
            raise InputError(
                f"Ask for 1 to {MOST_CODES} codes at once, not for {len(self.codes)}."
            )
        for each in self.codes:
            for reason in code_refusals(self._list(each), self.grammar):
                raise InputError(f"{each.system} {each.code}: {reason}.")
        names = (EVERYBODY, *sorted(self._names()))
        return Layout(
            "codes",
            names,
            composed=True,
            memberships=len(names),
            kept=(EVERYBODY,),
        )

    def cells(self, question: Question, snapshot: Snapshot) -> Cells:
        """Return the cohort: from it follows who has which code."""
        return {EVERYBODY: persons(question, snapshot)}

    def sizes(self, cells: Cells, snapshot: Snapshot) -> Mapping[str, int]:
        """Return how many of the cohort are in each cell."""
        cohort, lists = cells[EVERYBODY], [self._list(each) for each in self.codes]
        index = index_of(snapshot)
        numbers = numbers_having(Members.of(cohort, len(index)), index, lists)
        return {
            EVERYBODY: len(cohort),
            **dict(zip(self._names(), numbers, strict=True)),
        }

    def _names(self) -> list[str]:
        return [f"{one.system} {one.code}" for one in self.codes]

    def _list(self, each: Code) -> CodeList:
        level = self.grammar.code_systems.get(each.system)
        try:
            entry = CodeEntry(
                code=each.code, match="exact" if level == "exact" else "prefix"
            )
            return CodeList(system=each.system, entries=(entry,))
        except MalformedError:
            raise InputError(
                "A code or its system is empty, or holds characters that cannot be"
                " seen: write it as the catalogue does."
            ) from None


def most_frequent(
    database: Database, snapshot: int, system: str, question: Question
) -> list[Code]:
    """Return the codes of a system that most people have, but for those asked for.

    By the noisy counts that the bands beside the codes come from: what everybody may
    see, whoever is in the cohort.

    Raises
    ------
    NotFoundError
        If no bands were released, or none of this system.
    """
    with database.begin() as session:
        stored = session.get(CodeBandRelease, snapshot)
        noisy = json.loads(stored.noisy) if stored else {}
    if system not in noisy:
        raise NotFoundError(
            f"It is not known yet which codes of {system} are frequent. A data manager"
            " can release that for everybody: enclave codes release-bands."
        )
    asked = {
        entry.code
        for _, node in question.walk()
        if isinstance(node, EventCriterion) and node.codes.system == system
        for entry in node.codes.entries
    }
    others = {code: count for code, count in noisy[system].items() if code not in asked}
    ordered = sorted(others, key=lambda code: (-others[code], code))
    return [Code(system, code) for code in ordered[:MOST_CODES]]
