"""What answers look like in a notebook: in words, with range, reasons and budget.

They still are what the portal answered. What is shown is made of that, of the rules of
the gate and of the question, and of nothing else: no kernel has anything unprotected.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from pydantic import BaseModel, PrivateAttr

from enclave.clock import today
from enclave.cohort.question import Question
from enclave.disclosure.policy import Policy
from enclave.errors import InputError
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CellsAnswer,
    CountAnswer,
    ExtentsAnswer,
)
from enclave_widgets import markup
from enclave_widgets.adopting import adopt
from enclave_widgets.in_plain_text import in_plain_text
from enclave_widgets.looks import Found, Look
from enclave_widgets.markup import Markup
from enclave_widgets.selection import Selection
from enclave_widgets.widening import widenings
from enclave_widgets.words import WORDS, Language


class _Shown(BaseModel):
    """An answer that knows how it is shown."""

    _html: str = PrivateAttr(default="")

    def shown_as(self, html: str) -> Self:
        """Return it as something that is shown so."""
        self._html = html
        return self

    def __str__(self) -> str:
        """Return what is shown, as plain text."""
        return in_plain_text(self._html)

    def __repr__(self) -> str:
        """Return the same: it is what a cell ends with where there is no HTML."""
        return str(self)

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> dict[str, str]:
        del include, exclude  # IPython leaves out what is not wanted
        return {"text/plain": str(self), "text/html": self._html}


class ShownCount(_Shown, CountAnswer):
    """A protected count in a notebook."""


class ShownBudget(_Shown, BudgetAnswer):
    """How many new questions are left, in a notebook."""


class ShownAttrition(_Shown, AttritionAnswer):
    """How many remain step by step, in a notebook."""


class ShownCells(_Shown, CellsAnswer):
    """A cohort cell by cell, in a notebook."""


class ShownExtents(_Shown, ExtentsAnswer):
    """How much of each variable there is, in a notebook."""


Kind = TypeVar("Kind", bound=_Shown)


@dataclass(frozen=True)
class Showing:
    """Shows answers to one question, under the rules that they were given by."""

    language: Language
    policy: Policy
    question: Question

    def count(self, answer: CountAnswer) -> ShownCount:
        """Show a count, and what might show it if it is hidden."""
        said = self._write.answer(answer.value, [self._price(answer)])
        return self._shown(ShownCount, answer, said, self._wider(answer.value))

    def attrition(self, answer: AttritionAnswer) -> ShownAttrition:
        """Show the steps, and the last of them as the count."""
        last = answer.steps[-1].value
        said = self._write.answer(last, [self._left(answer.budget_left)])
        steps = self._write.attrition(answer.steps)
        return self._shown(ShownAttrition, answer, said, self._wider(last), steps)

    def budget(self, answer: BudgetAnswer) -> ShownBudget:
        """Show what is left, and how much of it may be composed."""
        said = map(markup.paragraph, self._write.budget_in_words(answer))
        return self._shown(ShownBudget, answer, *said)

    def look(
        self, look: Look, answer: Found, labels: Mapping[str, str]
    ) -> ShownCells | ShownExtents:
        """Show what a closer look found; variables are called as labels say."""
        said = look.write(answer, self.language, self.policy, labels)
        if isinstance(answer, ExtentsAnswer):
            price = markup.note(self._price(answer))
            return self._shown(ShownExtents, answer, said, price)
        price = markup.note(self._price(answer.total))
        return self._shown(ShownCells, answer, said, price)

    @property
    def _write(self) -> Markup:
        return Markup(self.language, self.policy)

    def _price(self, answer: CountAnswer | ExtentsAnswer) -> str:
        words = WORDS[self.language]
        price = words.asked_before if answer.answered_before else words.was_new
        return f"{price} {self._left(answer.budget_left)}"

    def _left(self, left: int) -> str:
        return f"{WORDS[self.language].budget_left.format(left=left)}."

    def _wider(self, value: int | None) -> str:
        """Write what might show a hidden number, as far as a page would offer it."""
        words = WORDS[self.language]
        blank = Selection(self.policy.grammar, today().replace(month=1, day=1))
        try:
            ways = widenings(adopt(self.question, blank), words)
        except InputError:
            return ""
        if value is not None or not ways:
            return ""
        return (
            markup.heading(words.wider, level=3)
            + markup.bullets([name for name, _ in ways])
            + markup.note(words.wider_note)
        )

    def _shown(self, kind: type[Kind], answer: BaseModel, *parts: str) -> Kind:
        style = f"<style>{markup.sheet('answers.css')}</style>"
        return kind.model_construct(**dict(answer)).shown_as(
            f'<div class="enc enc-shown" lang="{self.language}">'
            f"{style}{''.join(parts)}</div>"
        )
