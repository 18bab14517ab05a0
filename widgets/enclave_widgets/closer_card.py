"""A closer look at the patients: by sex and age, by year, and which data there are."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from enclave.cohort.question import Question
from enclave.feasibility.answers import CellsAnswer, ExtentsAnswer, PolicyAnswer
from enclave_widgets import markup
from enclave_widgets.cards import card
from enclave_widgets.cells_markup import CellsMarkup
from enclave_widgets.client import FoundVariable, PortalClient
from enclave_widgets.criterion_row import Change
from enclave_widgets.extent_markup import extents
from enclave_widgets.latest import Latest, Request
from enclave_widgets.plain import HTML, Button, Dropdown, HBox, SelectMultiple, VBox
from enclave_widgets.portal_error import told
from enclave_widgets.selection import Selection
from enclave_widgets.words import WORDS, Language


@dataclass(frozen=True)
class Asking:
    """What the card needs of the page it stands on.

    Attributes
    ----------
    question
        Returns what is chosen; ``None``, after saying why, if it cannot be asked.
    answered
        Called after each answer: something may have been paid for it.
    """

    client: PortalClient
    policy: PolicyAnswer
    take: Callable[[Change], None]
    question: Callable[[], Question | None]
    answered: Callable[[], None]


Found = CellsAnswer | ExtentsAnswer
Answer = TypeVar("Answer", CellsAnswer, ExtentsAnswer)


class CloserCard:
    """A button for each look, the variables to choose from, and what was found."""

    def __init__(self, language: Language, asking: Asking) -> None:
        words = self._words = WORDS[language]
        self._language: Language = language
        self._asking = asking
        self._write = CellsMarkup(language, asking.policy.rules)
        self._latest: Latest[Found] = Latest()
        self._listing: Latest[list[FoundVariable]] = Latest()
        self._variables: list[FoundVariable] = []
        self._codeds: list[FoundVariable] = []
        self._chosen: tuple[str, ...] = ()
        self._showing = False
        self.variables = SelectMultiple(description=words.variables, rows=6)
        self.variables.observe(self._variables_chosen, "value")
        self.answer = HTML()
        self.answer.add_class("enc-live")
        self._choice = VBox([self.variables, HTML(markup.note(words.variables_hint))])
        self._choice.add_class("enc-list")
        self.view = card(
            HTML(markup.heading(words.closer)),
            HTML(markup.note(words.closer_note)),
            self._choice,
            *self._buttons(),
            self.answer,
        )
        self.load()

    def _buttons(self) -> tuple[HBox, HBox]:
        """Make a button for each look; the second row is about codes."""
        words = self._words
        self.by_sex_age = Button(description=words.by_sex_age)
        self.by_year = Button(description=words.by_year)
        self.by_data = Button(description=words.by_data)
        self.by_extent = Button(description=words.by_extent)
        self.by_code = Button(description=words.by_code, disabled=True)
        self.coded = Dropdown(description=words.coded, options=[words.no_coded])
        for button, how in (
            (self.by_sex_age, self._ask_sex_age),
            (self.by_year, self._ask_year),
            (self.by_code, self._ask_code),
            (self.by_data, self._ask_data),
            (self.by_extent, self._ask_extent),
        ):
            button.on_click(how)
        buttons = HBox([self.by_sex_age, self.by_year, self.by_data, self.by_extent])
        by_code = HBox([self.coded, self.by_code])
        for row in (buttons, by_code):
            row.add_class("enc-row")
        return buttons, by_code

    def load(self) -> None:
        """List the variables that can be asked for."""
        self._listing.start(
            Request(
                partial(self._asking.client.variables, self._language),
                self._listed,
                self._fail,
            )
        )

    def show(self, selection: Selection) -> None:
        """Show what is chosen, and offer what can be asked of it."""
        self.by_year.disabled = selection.index is None
        self._chosen = selection.variables
        self._show_chosen()

    def show_changed(self) -> None:
        """Say that the answer is not to the question as it is now."""
        self.answer.add_class("enc-old")

    def leave(self) -> None:
        """Show nothing any more that is still to come."""
        self._latest.forget()
        self._listing.forget()

    def _listed(self, variables: list[FoundVariable]) -> None:
        self._variables = variables
        self._showing = True
        self.variables.options = [
            (f"{one.table_label}: {one.label} ({one.name})", number)
            for number, one in enumerate(variables)
        ]
        self._showing = False
        self._codeds = [one for one in variables if one.codes]
        if self._codeds:
            self.coded.options = [
                (f"{one.label} ({one.name})", number)
                for number, one in enumerate(self._codeds)
            ]
            self.by_code.disabled = False
        self._show_chosen()

    def _show_chosen(self) -> None:
        names = [one.name for one in self._variables]
        self._showing = True
        self.variables.index = tuple(
            names.index(name) for name in self._chosen if name in names
        )
        self._showing = False

    def _variables_chosen(self, _change: dict[str, Any]) -> None:
        if self._showing:
            return
        # Indexes from the browser: those count where something stands.
        chosen = [
            self._variables[number].name
            for number in self.variables.index
            if isinstance(number, int) and 0 <= number < len(self._variables)
        ]
        # What is asked for elsewhere and is not on the list is not lost.
        names = {one.name for one in self._variables}
        kept = [name for name in self._chosen if name not in names]
        self._asking.take(lambda now: now.with_variables([*kept, *chosen]))

    def _ask_sex_age(self, _button: Button) -> None:
        client = self._asking.client
        self._ask(lambda asked: client.breakdown(asked, "sex-age"), self._write.pyramid)

    def _ask_year(self, _button: Button) -> None:
        client = self._asking.client
        self._ask(
            lambda asked: client.breakdown(asked, "index-year"), self._write.years
        )

    def _ask_code(self, _button: Button) -> None:
        # An index from the browser: it counts if something stands there.
        number = self.coded.index
        if not isinstance(number, int) or not 0 <= number < len(self._codeds):
            return
        client, one = self._asking.client, self._codeds[number]
        self._ask(
            lambda asked: client.breakdown(asked, one.name),
            lambda answer: self._write.codes(answer, one.label),
        )

    def _has_chosen(self) -> bool:
        """Whether variables were chosen; say so if not."""
        if not self._chosen:
            self.answer.value = markup.alarm(self._words.no_variables)
            self.variables.focus()
        return bool(self._chosen)

    def _ask_extent(self, _button: Button) -> None:
        if self._has_chosen():
            client, language = self._asking.client, self._language
            self._ask(
                lambda asked: client.extent(asked, asked.variables),
                lambda answer: extents(answer, self._labels(), language),
            )

    def _ask_data(self, _button: Button) -> None:
        if not self._has_chosen():
            return
        client = self._asking.client
        self._ask(
            lambda asked: client.availability(asked, asked.variables),
            lambda answer: self._write.availability(answer, self._labels()),
        )

    def _ask(
        self,
        how: Callable[[Question], Awaitable[Answer]],
        write: Callable[[Answer], str],
    ) -> None:
        question = self._asking.question()
        if question is None:
            return
        self._put(markup.waiting(self._words.waiting))
        show = partial(self._show, write)
        self._latest.start(Request(partial(how, question), show, self._fail))

    def _show(self, write: Callable[[Answer], str], answer: Answer) -> None:
        self._put(write(answer))
        self._asking.answered()

    def _labels(self) -> Mapping[str, str]:
        tables = {one.name.split(".")[0]: one.table_label for one in self._variables}
        return tables | {one.name: one.label for one in self._variables}

    def _fail(self, error: Exception) -> None:
        self._put(markup.failure(self._words.failed, told(error, self._language)))

    def _put(self, html: str) -> None:
        self.answer.remove_class("enc-old")
        self.answer.value = html
