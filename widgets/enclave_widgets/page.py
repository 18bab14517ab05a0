"""The page of one language: choosing on one side, the answer on the other."""

from collections.abc import Awaitable, Callable
from functools import partial

from ipywidgets import HBox

from enclave.cohort.attrition import steps
from enclave.cohort.question import Question
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CountAnswer,
    PolicyAnswer,
)
from enclave_widgets.answer_panel import AnswerPanel
from enclave_widgets.client import FoundCode, PortalClient, PortalError
from enclave_widgets.editor import Editor
from enclave_widgets.latest import Latest, Request
from enclave_widgets.selection import Selection
from enclave_widgets.words import WORDS, Language


EDITING_PAUSE_SECONDS = 0.6
LONG_SECONDS = 3.0

Counted = CountAnswer | AttritionAnswer


class Page:
    """Asks what the visitor has chosen, and shows the newest answer.

    Attributes
    ----------
    answered
        The question that was answered last, and its answer.
    """

    def __init__(
        self,
        client: PortalClient,
        language: Language,
        policy: PolicyAnswer,
        selection: Selection,
    ) -> None:
        self._client = client
        self._language = language
        self._words = WORDS[language]
        self._counting: Latest[Counted] = Latest()
        self._patience: Latest[None] = Latest()
        self._refreshing: Latest[BudgetAnswer] = Latest()
        self._naming: Latest[list[FoundCode]] = Latest()
        self.answered: tuple[Question, Counted] | None = None
        self.editor = Editor(client, language, selection, self._changed)
        self.panel = AnswerPanel(language, policy)
        self.panel.count.on_click(lambda _: self.ask(client.count))
        self.panel.steps.on_click(lambda _: self.ask(client.attrition))
        self.view = HBox([self.editor.view, self.panel.view])
        self.view.add_class("enc-body")
        self._show_question()
        self._name_codes()
        self.refresh_budget()

    def ask(
        self, how: Callable[[Question], Awaitable[Counted]], *, pause: float = 0.0
    ) -> None:
        """Ask what is chosen now.

        Parameters
        ----------
        how
            Asks the portal.
        pause
            Seconds in which a further change replaces this question.
        """
        question = self._question()
        if question is None:
            self.panel.show_failure(self._words.wrong_ages)
            return
        self.panel.show_waiting()
        self._counting.start(
            Request(
                partial(how, question), partial(self.show, question), self._fail, pause
            )
        )
        self._patience.start(
            Request(_nothing, self._show_long, self._fail, pause + LONG_SECONDS)
        )

    def show(self, question: Question, answer: Counted) -> None:
        """Show the answer to a question, and whether it is still the one chosen."""
        self._patience.forget()
        self.answered = question, answer
        if isinstance(answer, CountAnswer):
            self.panel.show_count(answer)
        else:
            self.panel.show_attrition(answer)
        if question != self._question():
            self.panel.show_changed()
        self.refresh_budget()

    def refresh_budget(self) -> None:
        """Show how many questions are left."""
        self._refreshing.start(
            Request(self._client.budget, self.panel.show_budget, self._fail)
        )

    def leave(self) -> None:
        """Show nothing any more that is still to come."""
        for latest in (self._counting, self._patience, self._refreshing):
            latest.forget()

    def _changed(self, _selection: Selection) -> None:
        self._show_question()
        if self.panel.while_editing.value is True:
            self.ask(self._client.count, pause=EDITING_PAUSE_SECONDS)
        elif self.answered:
            self.panel.show_changed()

    def _name_codes(self) -> None:
        """Name codes in the language of this page that were chosen in the other."""
        if self.editor.selection.codes:
            self._naming.start(
                Request(self._find_chosen, self._rename, lambda _error: None)
            )

    def _rename(self, found: list[FoundCode]) -> None:
        self.editor.rename(found)
        self._show_question()

    async def _find_chosen(self) -> list[FoundCode]:
        language = self._language
        chosen = self.editor.selection.codes
        found = [await self._client.search(code.code, language) for code in chosen]
        return [code for some in found for code in some]

    def _show_question(self) -> None:
        question = self._question()
        if question is not None:
            labels = self.editor.selection.labels
            self.panel.show_question(question, labels, len(steps(question)))

    def _question(self) -> Question | None:
        try:
            return self.editor.selection.question()
        except ValueError:
            # The one thing that can be chosen and not asked: ages from 50 to 39.
            return None

    def _show_long(self, _nothing: None) -> None:
        self.panel.show_waiting(long=True)

    def _fail(self, error: Exception) -> None:
        self._patience.forget()
        text = str(error) if isinstance(error, PortalError) else self._words.bug
        self.panel.show_failure(text)


async def _nothing() -> None:
    """Ask nothing: only the pause before it matters."""
