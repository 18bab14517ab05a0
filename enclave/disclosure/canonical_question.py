"""One form for all the ways to ask the same thing.

Equal questions must be one question, or asking it in two hundred ways would average the
noise away. The form keeps the population, the index event and, as a truth table, what
is asked about events. It drops what changes no count: the order, doubles, tautologies,
the names of code lists, the variables asked for.

Two questions with the same form have the same cohort on every data set. The converse
does not hold: nobody can see from a question alone that no patient carries a certain
code, so "diabetes" and "diabetes, or a code that never occurs" stay two questions, each
at its price.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from enclave.canonical import canonical_json
from enclave.cohort.question import (
    AllOf,
    AnyOf,
    Criterion,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from enclave.disclosure.atom import Atom, atom_of
from enclave.disclosure.known_parts import KNOWN
from enclave.disclosure.truth_table import TruthTable


FORM_VERSION = 1


@dataclass(frozen=True)
class CanonicalQuestion:
    """What a question asks for, in its one form.

    Attributes
    ----------
    table
        What is asked about events, reduced.
    """

    population: Population
    index: Atom | None
    table: TruthTable

    @classmethod
    def of(cls, question: Question) -> "CanonicalQuestion":
        """Bring a question of the open grammar into its form.

        Raises
        ------
        ValueError
            If the question is outside the open grammar, where no form is defined.
        """
        index = atom_of(question.index) if question.index else None
        atoms = {leaf: atom_of(leaf) for leaf in _leaves(question.criteria)}
        table = TruthTable.of(
            atoms.values(),
            lambda happened: all(
                _holds(criterion, atoms, happened) for criterion in question.criteria
            ),
        )
        return cls(question.population, index, _reduced(table, index))

    def form(self) -> dict[str, Any]:
        """Write it as JSON."""
        return {
            "form": FORM_VERSION,
            "population": self.population.model_dump(
                mode="json", include=set(KNOWN[Population])
            ),
            "index": self.index.document() if self.index else None,
            "atoms": [atom.document() for atom in self.table.atoms],
            "answers": self.table.text(),
        }

    def halves(self) -> Iterator[tuple["CanonicalQuestion", "CanonicalQuestion"]]:
        """Yield what makes this a half of something, and the something.

        Whoever has diabetes and hypertension is, with those who have diabetes and no
        hypertension, whoever has diabetes.
        """
        for number in range(len(self.table.atoms)):
            whole = self.table.whatever(number)
            yield self._asking(self.table.left_of(whole)), self._asking(whole)

    def _asking(self, table: TruthTable) -> "CanonicalQuestion":
        return replace(self, table=_reduced(table, self.index))


def canonical_form(question: Question) -> dict[str, Any]:
    """Return the one form of a question of the open grammar, as JSON.

    Raises
    ------
    ValueError
        If the question is outside the open grammar, where no form is defined.
    """
    return CanonicalQuestion.of(question).form()


def question_id(form: dict[str, Any], snapshot: int, secret: bytes) -> str:
    """Return the identity of a question on a snapshot: an HMAC-SHA-256, in hex."""
    message = canonical_json({"form": form, "snapshot": snapshot})
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


Leaf = EventCriterion | Within


def _leaves(criteria: Sequence[Criterion]) -> Iterator[Leaf]:
    for criterion in criteria:
        match criterion:
            case AllOf(criteria=parts) | AnyOf(criteria=parts):
                yield from _leaves(parts)
            case Not(criterion=part):
                yield from _leaves([part])
            case EventCriterion() | Within():
                yield criterion
            case _:
                raise ValueError(f"{criterion.kind} is outside the open grammar")


def _holds(
    criterion: Criterion, atoms: Mapping[Leaf, Atom], happened: frozenset[Atom]
) -> bool:
    match criterion:
        case AllOf(criteria=parts):
            return all(_holds(part, atoms, happened) for part in parts)
        case AnyOf(criteria=parts):
            return any(_holds(part, atoms, happened) for part in parts)
        case Not(criterion=part):
            return not _holds(part, atoms, happened)
        case EventCriterion() | Within():
            return atoms[criterion] in happened
        case _:
            raise ValueError(f"{criterion.kind} is outside the open grammar")


def _reduced(table: TruthTable, index: Atom | None) -> TruthTable:
    """Reduce a table until nothing more follows from the index event."""
    table = table.reduced()
    seen = {atom: atom.seen_from(index) for atom in table.atoms}
    if all(seen[atom] == atom for atom in table.atoms):
        return table
    return _reduced(table.rewritten(seen), index)
