"""Ask from a notebook, in Python: the same questions, the same stored answers.

>>> from enclave_widgets.ask import Ask, codes, variables
>>> codes.find("diabetes")
>>> ask = Ask().women().aged(40).index("SKS:DE11*").having("NPU:NPU19748")
>>> ask.count()
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from html import escape
from typing import Any, Literal, TypeVar

from enclave.clock import today
from enclave.cohort.packing import pack
from enclave.cohort.question import (
    AgeRange,
    Criterion,
    Not,
    Question,
)
from enclave.cohort.rendering import describe
from enclave.feasibility.answers import (
    AttritionAnswer,
    CellsAnswer,
    CountAnswer,
    ExtentsAnswer,
)
from enclave_widgets.client import FoundCode, FoundVariable, PortalClient
from enclave_widgets.spoken_criteria import Operator, checked, criterion, event
from enclave_widgets.words import Language, preferred_language


Answer = TypeVar("Answer")
Connect = Callable[[], PortalClient]


@dataclass(frozen=True)
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
        """Return the address at which the question builder opens with it."""
        return f"/services/feasibility/?question={pack(self.question)}"

    def count(self) -> CountAnswer:
        """Return a protected count. A new question costs one of your budget."""
        return self._ask(lambda client: client.count(self.question))

    def attrition(self) -> AttritionAnswer:
        """Return how many remain step by step, each step a question."""
        return self._ask(lambda client: client.attrition(self.question))

    def by_sex_and_age(self) -> CellsAnswer:
        """Return the patients by sex and ten years of age, for one question."""
        return self._ask(lambda client: client.breakdown(self.question, "sex-age"))

    def by_year(self) -> CellsAnswer:
        """Return the patients by year of the index event, for one question."""
        return self._ask(lambda client: client.breakdown(self.question, "index-year"))

    def availability(self) -> CellsAnswer:
        """Return how many have a value of each variable, for one question."""
        names = self.question.variables
        return self._ask(lambda client: client.availability(self.question, names))

    def extent(self) -> ExtentsAnswer:
        """Return how many values of each variable there are, since when, for one."""
        names = self.question.variables
        return self._ask(lambda client: client.extent(self.question, names))

    def by(self, variable: str) -> CellsAnswer:
        """Return the patients by a coded variable of persons, for one question."""
        return self._ask(lambda client: client.breakdown(self.question, variable))

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

    def _ask(self, how: Callable[[PortalClient], Awaitable[Answer]]) -> Answer:
        return _ask(self.connect, how)


class Codes:
    """The codes of the catalogue; ``codes["`` and the tab key complete those found."""

    def __init__(self, connect: Connect = PortalClient.from_environment) -> None:
        self._connect = connect
        self._found: dict[str, str] = {}

    def find(self, text: str, language: Language | None = None) -> dict[str, str]:
        """Return codes by code or word, in Danish and English, with their labels."""
        said = language or preferred_language()
        found: list[FoundCode] = _ask(
            self._connect, lambda client: client.search(text, said)
        )
        new = {f"{one.system}:{one.code}": one.label for one in found}
        self._found |= new
        return new

    def __getitem__(self, written: str) -> str:
        """Return a code, or what begins so (``SKS:DE11*``), if the catalogue has it."""
        if not self._has(written):
            self.find(written.partition(":")[2].removesuffix("*"))
        if not self._has(written):
            raise KeyError(f"{written} is not in the catalogue. Try codes.find(...).")
        return written

    def _has(self, written: str) -> bool:
        if not written.endswith("*"):
            return written in self._found
        return any(code.startswith(written[:-1]) for code in self._found)

    def _ipython_key_completions_(self) -> list[str]:
        return sorted(self._found)


class Variables:
    """The variables of the catalogue: ``variables.lab.value``, with the tab key."""

    def __init__(self, connect: Connect = PortalClient.from_environment) -> None:
        self._connect = connect
        self._tables: dict[str, dict[str, FoundVariable]] = {}

    def __getattr__(self, table: str) -> "Columns":
        """Return the variables of a table."""
        if table.startswith("_") or table not in self._loaded():
            raise AttributeError(table)
        return Columns(self._loaded()[table])

    def __dir__(self) -> list[str]:
        """Name the tables, for the tab key."""
        return sorted(self._loaded())

    def _loaded(self) -> dict[str, dict[str, FoundVariable]]:
        if not self._tables:
            said = preferred_language()
            for one in _ask(self._connect, lambda client: client.variables(said)):
                table, _, name = one.name.partition(".")
                self._tables.setdefault(table, {})[name] = one
        return self._tables


class Columns:
    """The variables of one table."""

    def __init__(self, columns: dict[str, FoundVariable]) -> None:
        self._columns = columns

    def __getattr__(self, name: str) -> str:
        """Return the full name of a variable."""
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(name)
        return self._columns[name].name

    def __dir__(self) -> list[str]:
        """Name the variables, for the tab key."""
        return sorted(self._columns)


codes = Codes()
variables = Variables()


def _ask(connect: Connect, how: Callable[[PortalClient], Awaitable[Answer]]) -> Answer:
    """Ask and wait, in a thread: the notebook's own event loop is running already."""

    async def asked() -> Answer:
        client = connect()
        try:
            return await how(client)
        finally:
            await client.close()

    with ThreadPoolExecutor(max_workers=1) as threads:
        return threads.submit(asyncio.run, asked()).result()
