"""Bring a yes-or-no question about a few atoms into its one form.

A question of the open grammar has at most six atoms, so at most 64 cases. Listing them
settles order, doubles, double negation, distribution and absorption at once, for which
rewriting rules would have to be invented one by one, and one would be forgotten.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from operator import attrgetter

from enclave.disclosure.atom import Atom


Case = tuple[bool, ...]


@dataclass(frozen=True)
class TruthTable:
    """The answer for every case that can occur.

    Attributes
    ----------
    atoms
        What a case says yes or no to, one by one.
    answers
        Answer by case. A case that contradicts itself ("a heart attack in 2019, and no
        heart attack") is not listed.
    """

    atoms: tuple[Atom, ...]
    answers: dict[Case, bool]

    @classmethod
    def of(
        cls,
        atoms: Collection[Atom],
        answer: Callable[[frozenset[Atom]], bool | None],
    ) -> "TruthTable":
        """Ask for the answer to every case that can occur.

        Parameters
        ----------
        answer
            Called with the atoms that happened; ``None`` leaves the case out.
        """
        ordered = tuple(sorted(set(atoms), key=attrgetter("text")))
        answers = {}
        for case in _cases(ordered):
            happened = frozenset(a for a, on in zip(ordered, case, strict=True) if on)
            said = answer(happened)
            if said is not None:
                answers[case] = said
        return cls(ordered, answers)

    def reduced(self) -> "TruthTable":
        """Drop atoms that change nothing and join those that act as one."""
        table = self._without_idle_atoms()
        for first, second in combinations(range(len(table.atoms)), 2):
            joined = table.joining(first, second)
            if joined:
                return joined.reduced()
        return table

    def rewritten(self, meaning: Mapping[Atom, Atom | bool]) -> "TruthTable":
        """Put other atoms, or what is certain, in the place of these."""

        def answer(happened: frozenset[Atom]) -> bool | None:
            said = (meaning[atom] for atom in self.atoms)
            case = (it if isinstance(it, bool) else it in happened for it in said)
            return self.answers.get(tuple(case))

        atoms = [it for it in meaning.values() if isinstance(it, Atom)]
        return TruthTable.of(atoms, answer)

    def whatever(self, number: int) -> "TruthTable":
        """Answer yes where the answer is yes with one of the atoms or without it."""
        return replace(
            self,
            answers={
                case: answer or self.answers.get(_flipped(case, number), False)
                for case, answer in self.answers.items()
            },
        )

    def left_of(self, whole: "TruthTable") -> "TruthTable":
        """Answer yes where a table of the same atoms does, and this one does not."""
        return replace(
            self,
            answers={
                case: whole.answers[case] and not answer
                for case, answer in self.answers.items()
            },
        )

    def text(self) -> str:
        """Write the answers as 0, 1 or - (cannot occur), in the order of the cases."""
        every = product((False, True), repeat=len(self.atoms))
        marks = {None: "-", False: "0", True: "1"}
        return "".join(marks[self.answers.get(case)] for case in every)

    def _without_idle_atoms(self) -> "TruthTable":
        kept = [n for n in range(len(self.atoms)) if self._changes_an_answer(n)]
        return TruthTable(
            tuple(self.atoms[n] for n in kept),
            {tuple(case[n] for n in kept): said for case, said in self.answers.items()},
        )

    def _changes_an_answer(self, number: int) -> bool:
        return any(
            self.answers.get(_flipped(case, number), answer) != answer
            for case, answer in self.answers.items()
        )

    def joining(self, first: int, second: int) -> "TruthTable | None":
        """Put one atom for "this or that", if no answer tells the two apart."""
        union = self.atoms[first].joined(self.atoms[second])
        if union is None:
            return None
        twin = self.atoms.index(union) if union in self.atoms else None
        others = [
            number
            for number in range(len(self.atoms))
            if number not in {first, second, twin}
        ]
        answers: dict[Case, bool] = {}
        for case, answer in self.answers.items():
            either = case[first] or case[second]
            if twin is not None and case[twin] != either:
                continue  # cannot occur: the union is among the atoms already
            key = (*(case[number] for number in others), either)
            if answers.setdefault(key, answer) != answer:
                return None
        atoms = (*(self.atoms[number] for number in others), union)
        known = {
            frozenset(atom for atom, on in zip(atoms, case, strict=True) if on): answer
            for case, answer in answers.items()
        }
        return TruthTable.of(atoms, known.get)


def _flipped(case: Case, number: int) -> Case:
    return (*case[:number], not case[number], *case[number + 1 :])


def _cases(atoms: Sequence[Atom]) -> list[Case]:
    pairs = [
        (a, b)
        for (a, first), (b, second) in product(enumerate(atoms), repeat=2)
        if a != b and first.implies(second)
    ]
    return [
        case
        for case in product((False, True), repeat=len(atoms))
        if not any(case[a] and not case[b] for a, b in pairs)
    ]
