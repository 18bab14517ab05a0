"""A closer look at the patients: by sex and age, by year, and which data there are."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from enclave.cohort.question import Question
from enclave.feasibility.answers import PolicyAnswer
from enclave_widgets import markup
from enclave_widgets.cards import card
from enclave_widgets.client import FoundVariable, PortalClient
from enclave_widgets.criterion_row import Change
from enclave_widgets.latest import Latest, Request
from enclave_widgets.looks import Found, Look, labels_of
from enclave_widgets.outdated import Outdated
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
        Returns what is chosen; ``None``, after telling why as HTML, if it cannot be
        asked.
    answered
        Called after each answer: something may have been paid for it.
    """

    client: PortalClient
    policy: PolicyAnswer
    take: Callable[[Change], None]
    question: Callable[[Callable[[str], None]], Question | None]
    answered: Callable[[], None]


class CloserCard:
    """A button for each look, the variables to choose from, and what was found.

    Attributes
    ----------
    found
        What was looked for last, of which question, and its answer.
    under_way
        What is being asked, and of which question.
    """

    def __init__(self, language: Language, asking: Asking) -> None:
        words = self._words = WORDS[language]
        self._language: Language = language
        self._asking = asking
        self._latest: Latest[Found] = Latest()
        self._listing: Latest[list[FoundVariable]] = Latest()
        self._variables: list[FoundVariable] = []
        self._codeds: list[FoundVariable] = []
        self._chosen: tuple[str, ...] = ()
        self._question: Question | None = None
        self._showing = False
        self.under_way: tuple[Look, Question] | None = None
        self.found: tuple[Look, Question, Found] | None = None
        self.variables = SelectMultiple(description=words.variables, rows=6)
        self.variables.observe(self._variables_chosen, "value")
        self.answer = HTML()
        self.answer.add_class("enc-live")
        self.outdated = Outdated(words, self.answer)
        self._choice = VBox([self.variables, HTML(markup.note(words.variables_hint))])
        self._choice.add_class("enc-list")
        limit = asking.policy.rules.person_composed_30_days
        self.view = card(
            HTML(markup.heading(words.closer)),
            HTML(markup.note(words.closer_note.format(limit=limit))),
            self._choice,
            *self._buttons(),
            self.answer,
            self.outdated.note,
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
        for button, look in (
            (self.by_sex_age, Look("sex-age")),
            (self.by_year, Look("index-year")),
            (self.by_data, Look("data")),
            (self.by_extent, Look("extent")),
        ):
            button.on_click(partial(self._clicked, look))
        self.by_code.on_click(self._ask_code)
        buttons = HBox([self.by_sex_age, self.by_year, self.by_data, self.by_extent])
        by_code = HBox([self.coded, self.by_code])
        for row in (buttons, by_code):
            row.add_class("enc-row")
        return buttons, by_code

    def load(self) -> None:
        """List the variables that can be asked for, unless they are listed."""
        if not self._variables:
            client, language = self._asking.client, self._language
            ask = partial(client.variables, language)
            self._listing.start(Request(ask, self._listed, self._not_listed))

    def show(self, selection: Selection, question: Question | None) -> None:
        """Show what is chosen, what can be asked of it, and what the answer is to.

        Parameters
        ----------
        question
            What is chosen, as a question; ``None`` while it is none.
        """
        self.by_year.disabled = selection.index is None
        self._chosen, self._question = selection.variables, question
        self._show_chosen()
        if self.under_way is None:
            self._write()

    def follow(self, before: "CloserCard") -> None:
        """Go on where the card of another language stood."""
        self.found = before.found
        self._write()
        if before.under_way is not None:
            self._start(*before.under_way)

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
        if self.under_way is None:
            self._write()  # by the names that are known now

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

    def _ask_code(self, button: Button) -> None:
        # An index from the browser: it counts if something stands there.
        number = self.coded.index
        if isinstance(number, int) and 0 <= number < len(self._codeds):
            self._clicked(Look("code", self._codeds[number].name), button)

    def _clicked(self, look: Look, _button: Button) -> None:
        if look.needs_variables and not self._chosen:
            self._put(markup.alarm(self._words.no_variables))
            self.variables.focus()
            return
        question = self._asking.question(self._put)
        if question is not None and self.under_way != (look, question):
            self._start(look, question)

    def _start(self, look: Look, question: Question) -> None:
        self._put(markup.waiting(self._words.waiting))
        self.under_way = look, question
        ask = partial(look.ask, self._asking.client, question)
        show = partial(self._show, look, question)
        self._latest.start(Request(ask, show, self._fail))

    def _show(self, look: Look, question: Question, answer: Found) -> None:
        self.found, self.under_way = (look, question, answer), None
        self._write()
        self._asking.answered()

    def _write(self) -> None:
        """Write what was found, and whether it is to the question as it is now."""
        if self.found is None:
            self._put("")
            return
        look, asked, answer = self.found
        labels, rules = labels_of(self._variables), self._asking.policy.rules
        now = self._question
        old = now is None or look.about(now) != look.about(asked)
        self._put(look.write(answer, self._language, rules, labels), old=old)

    def _fail(self, error: Exception) -> None:
        self.under_way = None
        self._tell(error)

    def _not_listed(self, error: Exception) -> None:
        if self.under_way is None:
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        self._put(markup.failure(self._words.failed, told(error, self._language)))

    def _put(self, html: str, *, old: bool = False) -> None:
        self.answer.value = html
        self.outdated.mark(old=old)
