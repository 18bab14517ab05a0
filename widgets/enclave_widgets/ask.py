"""Ask from a notebook, in Python: the same questions, the same stored answers.

>>> from enclave_widgets.ask import Ask, codes, variables
>>> codes.find("diabetes")
>>> ask = Ask().women().aged(40).index("SKS:DE11*").having("NPU:NPU19748")
>>> ask.count()
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from typing import Any, Literal, TypeVar, cast

from enclave.clock import today
from enclave.cohort.packing import fits, pack
from enclave.cohort.question import (
    AgeRange,
    Criterion,
    Not,
    Question,
)
from enclave.cohort.rendering import describe
from enclave.errors import InputError
from enclave_widgets.addresses import shared_address
from enclave_widgets.asking import Connect, ask_and_wait
from enclave_widgets.client import PortalClient
from enclave_widgets.completion import Codes, Variables, codes, variables
from enclave_widgets.looks import Look, labels_of
from enclave_widgets.shown import (
    Showing,
    ShownAttrition,
    ShownBudget,
    ShownCells,
    ShownCount,
    ShownExtents,
)
from enclave_widgets.spoken_criteria import Operator, checked, criterion, event
from enclave_widgets.words import WORDS, Language, preferred_language


__all__ = ["Ask", "Codes", "Variables", "codes", "variables"]

Answer = TypeVar("Answer")


@dataclass(frozen=True, repr=False)
class Ask:
    """A question under construction: each method returns a new one.

    Attributes
    ----------
    question
        What is asked; it can go into the question builder, a file or an application.
    """

    question: Question = field(default_factory=Question)
    connect: Connect = field(default=PortalClient.from_environment, repr=False)

    def women(self) -> "Ask":
        """Ask about women only."""
        return self._population(sex="female")

    def men(self) -> "Ask":
        """Ask about men only."""
        return self._population(sex="male")

    def aged(
        self,
        minimum: int | None = None,
        maximum: int | None = None,
        *,
        on: date | Literal["index"] | None = None,
    ) -> "Ask":
        """Ask about an age, both ends included.

        Parameters
        ----------
        on
            A date, or ``"index"``; by default the first day of this year.
        """
        day = on or today().replace(month=1, day=1)
        return self._population(
            age=checked(lambda: AgeRange(minimum=minimum, maximum=maximum, at=day))
        )

    def index(self, *written: str) -> "Ask":
        """Let the earliest event with any of the codes be time zero.

        A code is written ``SKS:DE11``, or ``SKS:DE11*`` with all that begins so.
        """
        return self._with(index=event(written))

    def having(
        self,
        *written: str,
        value: tuple[Operator, float] | None = None,
        unit: str | None = None,
        days: tuple[int | None, int | None] | None = None,
    ) -> "Ask":
        """Ask for an event with any of the codes.

        Parameters
        ----------
        value, unit
            What its measured value must be: ``(">=", 10)``.
        days
            First and last day after the index event, ``None`` for open.
        """
        return self.where(criterion(written, value, unit, days))

    def lacking(
        self,
        *written: str,
        value: tuple[Operator, float] | None = None,
        unit: str | None = None,
        days: tuple[int | None, int | None] | None = None,
    ) -> "Ask":
        """Ask for no such event; otherwise as :meth:`having`."""
        return self.where(Not(criterion=criterion(written, value, unit, days)))

    def where(self, *criteria: Criterion) -> "Ask":
        """Ask for anything that the question can say: sequences, at least k of n."""
        return self._with(criteria=(*self.question.criteria, *criteria))

    def variables(self, *names: str) -> "Ask":
        """Ask for variables, ``lab.value``."""
        return self._with(variables=(*self.question.variables, *names))

    def text(self, language: Language | None = None) -> str:
        """Say it in words."""
        return describe(self.question, language or preferred_language())

    def link(self) -> str:
        """Return the address at which the question builder opens with it.

        Raises
        ------
        InputError
            If it is too long for an address.
        """
        if not fits(pack(self.question)):
            raise InputError(WORDS[preferred_language()].too_long)
        return shared_address(self.question)

    def count(self) -> ShownCount:
        """Return a protected count. A new question costs one of your budget."""

        async def ask(client: PortalClient, showing: Showing) -> ShownCount:
            return showing.count(await client.count(self.question))

        return self._ask(ask)

    def attrition(self) -> ShownAttrition:
        """Return how many remain step by step, each step a question."""

        async def ask(client: PortalClient, showing: Showing) -> ShownAttrition:
            return showing.attrition(await client.attrition(self.question))

        return self._ask(ask)

    def by_sex_and_age(self) -> ShownCells:
        """Return the patients by sex and ten years of age, for one question.

        It is a composed one, as all below are: of those there are fewer, and ``budget``
        says how many are left.
        """
        return self._look_at_cells(Look("sex-age"))

    def by_year(self) -> ShownCells:
        """Return the patients by year of the index event, for one question."""
        return self._look_at_cells(Look("index-year"))

    def by(self, variable: str) -> ShownCells:
        """Return the patients by a coded variable of persons, for one question."""
        return self._look_at_cells(Look("code", variable))

    def availability(self) -> ShownCells:
        """Return how many have a value of each variable, for one question."""
        return self._look_at_cells(Look("data"))

    def extent(self) -> ShownExtents:
        """Return how many values of each variable there are, since when, for one."""
        return cast("ShownExtents", self._look(Look("extent")))

    def __repr__(self) -> str:
        """Say it in words, as it is asked."""
        return self.text()

    def budget(self) -> ShownBudget:
        """Return how many new questions you have left, and how many composed ones."""

        async def ask(client: PortalClient, showing: Showing) -> ShownBudget:
            return showing.budget(await client.budget())

        return self._ask(ask)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self.text())}</pre>"

    def _population(self, **changes: Any) -> "Ask":
        return self._with(
            population=self.question.population.model_copy(update=changes)
        )

    def _with(self, **changes: Any) -> "Ask":
        # Checked again as a whole: an invalid question cannot be made.
        fields = dict(self.question) | changes
        return replace(self, question=checked(lambda: Question(**fields)))

    def _look_at_cells(self, look: Look) -> ShownCells:
        return cast("ShownCells", self._look(look))

    def _look(self, look: Look) -> ShownCells | ShownExtents:
        async def ask(
            client: PortalClient, showing: Showing
        ) -> ShownCells | ShownExtents:
            # Before it is paid: what was paid for is shown.
            labels = labels_of(await client.variables(showing.language))
            answer = await look.ask(client, self.question)
            return showing.look(look, answer, labels)

        return self._ask(ask)

    def _ask(self, how: Callable[[PortalClient, Showing], Awaitable[Answer]]) -> Answer:
        async def ask(client: PortalClient) -> Answer:
            rules = (await client.policy()).rules
            return await how(
                client, Showing(preferred_language(), rules, self.question)
            )

        return ask_and_wait(self.connect, ask)
