"""What a visitor has chosen, as a value that can only become a question.

Whatever arrives from a browser is attacker-controlled: a widget's own limits are none.
So every change goes through here and is checked against the rules of the gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeVar

from enclave.cohort.question import (
    AgeRange,
    CodeEntry,
    CodeList,
    EventCriterion,
    Not,
    Population,
    Question,
)
from enclave.disclosure.policy import Grammar


Sex = Literal["female", "male"]
Choice = TypeVar("Choice")

MAXIMUM_CRITERIA = 4
MAXIMUM_TEXT = 100


@dataclass(frozen=True)
class ChosenCode:
    """A code as coarse as it may be asked, and whether patients must have it."""

    system: str
    code: str
    label: str
    present: bool = True

    def criterion(self, grammar: Grammar) -> EventCriterion | Not:
        """Return it as a part of a question."""
        exact = grammar.code_systems[self.system] == "exact"
        entry = CodeEntry(code=self.code, match="exact" if exact else "prefix")
        event = EventCriterion(codes=CodeList(system=self.system, entries=(entry,)))
        return event if self.present else Not(criterion=event)


@dataclass(frozen=True)
class Selection:
    """Everything chosen; each change returns a new selection or raises ValueError.

    Attributes
    ----------
    grammar
        What may be asked.
    age_on
        The day on which age is taken: a 1 January.
    age_from, age_to
        Completed years, both included; ``None`` for no limit.
    """

    grammar: Grammar
    age_on: date
    sex: Sex | None = None
    age_from: int | None = None
    age_to: int | None = None
    codes: tuple[ChosenCode, ...] = ()

    @property
    def ages_from(self) -> tuple[int, ...]:
        """Ages at which a range may begin."""
        return self.grammar.ages

    @property
    def ages_to(self) -> tuple[int, ...]:
        """Ages at which a range may end."""
        return tuple(age - 1 for age in self.grammar.ages)

    @property
    def is_full(self) -> bool:
        """Whether no more codes can be added."""
        parts = (self.sex is not None) + (self._has_age())
        most = min(MAXIMUM_CRITERIA, self.grammar.predicates - parts)
        return len(self.codes) >= most

    @property
    def labels(self) -> dict[str, str]:
        """What the chosen codes (``SKS:DE11``) are called."""
        return {f"{code.system}:{code.code}": code.label for code in self.codes}

    def with_sex(self, sex: object) -> "Selection":
        """Choose a sex, or ``None`` for all."""
        menu: tuple[Sex | None, ...] = (None, "female", "male")
        return self._checked(replace(self, sex=_one_of(menu, sex)))

    def with_ages(self, age_from: object, age_to: object) -> "Selection":
        """Choose where the age range begins and ends."""
        first = _one_of((None, *self.ages_from), age_from)
        last = _one_of((None, *self.ages_to), age_to)
        return self._checked(replace(self, age_from=first, age_to=last))

    def coarse(self, system: str, code: str) -> str | None:
        """Return a code as coarse as it may be asked; ``None`` if it may not be."""
        level = self.grammar.code_systems.get(system)
        if level is None or len(code) > MAXIMUM_TEXT:
            return None
        if level == "exact":
            return code
        return code[:level] if len(code) >= level else None

    def with_code(self, chosen: ChosenCode) -> "Selection":
        """Add a code."""
        if self.coarse(chosen.system, chosen.code) != chosen.code or self.is_full:
            raise ValueError("this code cannot be added")
        if any(self._same(chosen, code) for code in self.codes):
            raise ValueError("this code is there already")
        return self._checked(replace(self, codes=(*self.codes, chosen)))

    def without_code(self, number: int) -> "Selection":
        """Take a code out again."""
        codes = tuple(code for n, code in enumerate(self.codes) if n != number)
        return replace(self, codes=codes)

    def with_presence(self, number: int, present: object) -> "Selection":
        """Say whether patients must have a code, or must not have it."""
        if not isinstance(present, bool):
            raise ValueError("must have it, or must not")  # noqa: TRY004 - one kind for all
        return replace(
            self,
            codes=tuple(
                replace(code, present=present) if n == number else code
                for n, code in enumerate(self.codes)
            ),
        )

    def with_labels(self, labels: Mapping[tuple[str, str], str]) -> "Selection":
        """Call codes something else; what is asked stays the same."""
        named = (
            replace(code, label=labels.get((code.system, code.code), code.label))
            for code in self.codes
        )
        return replace(self, codes=tuple(named))

    def question(self) -> Question:
        """Return what is asked.

        Raises
        ------
        ValueError
            If the age range ends before it begins.
        """
        age = None
        if self._has_age():
            age = AgeRange(minimum=self.age_from, maximum=self.age_to, at=self.age_on)
        return Question(
            population=Population(sex=self.sex, age=age),
            criteria=tuple(code.criterion(self.grammar) for code in self.codes),
        )

    def _has_age(self) -> bool:
        return self.age_from is not None or self.age_to is not None

    def _checked(self, chosen: "Selection") -> "Selection":
        parts = (chosen.sex is not None) + chosen._has_age() + len(chosen.codes)  # noqa: SLF001 - its own class
        if parts > self.grammar.predicates:
            raise ValueError("too many parts for one question")
        return chosen

    @staticmethod
    def _same(one: ChosenCode, other: ChosenCode) -> bool:
        return (one.system, one.code) == (other.system, other.code)


def _one_of(menu: Sequence[Choice], chosen: object) -> Choice:
    """Return the choice of a menu that was meant: ours, not the one that was sent."""
    for choice in menu:
        if choice == chosen:
            return choice
    raise ValueError("no such choice")
