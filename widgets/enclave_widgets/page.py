"""The page of one language: choosing on one side, the answer on the other."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from enclave.cohort.attrition import steps
from enclave.cohort.question import Question
from enclave.disclosure.grammar import refusals
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CountAnswer,
    PolicyAnswer,
    RemarkAnswer,
)
from enclave_widgets.adopting import adopt
from enclave_widgets.answer_panel import AnswerPanel
from enclave_widgets.client import FoundCode, PortalClient
from enclave_widgets.closer_card import Asking, CloserCard
from enclave_widgets.editor import Editor
from enclave_widgets.history import History
from enclave_widgets.latest import Latest, Request
from enclave_widgets.markup import Markup
from enclave_widgets.plain import HTML, HBox, VBox
from enclave_widgets.portal_error import told
from enclave_widgets.question_card import QuestionCard
from enclave_widgets.saved_card import SavedCard
from enclave_widgets.selection import Selection
from enclave_widgets.widening import widenings
from enclave_widgets.words import WORDS, Language


EDITING_PAUSE_SECONDS = 1.0
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
        history: History,
    ) -> None:
        self._client = client
        self._language: Language = language
        self._words = WORDS[language]
        self._counting: Latest[Counted] = Latest()
        self._patience: Latest[None] = Latest()
        self._refreshing: Latest[BudgetAnswer] = Latest()
        self._naming: Latest[list[FoundCode]] = Latest()
        self._linting: Latest[list[RemarkAnswer]] = Latest()
        self._write = Markup(language, policy.rules)
        self._chosen = replace(selection, variables=(), variable_windows=None)
        self.answered: tuple[Question, Counted] | None = None
        self.editor = Editor(client, language, selection, history, self._changed)
        self.panel = AnswerPanel(language, policy, self.editor.take)
        self.closer = CloserCard(
            language,
            Asking(client, policy, self.editor.take, self._to_ask, self.refresh_budget),
        )
        self.saved = SavedCard(client, language, self.use)
        self.question = QuestionCard(
            language, lambda: self.editor.selection, self.editor.take
        )
        self._how: Callable[[Question], Awaitable[Counted]] = client.count
        self.panel.count.on_click(lambda _: self.ask(client.count))
        self.panel.steps.on_click(lambda _: self.ask(client.attrition))
        self.panel.while_editing.observe(lambda _: self._show_question(), "value")
        self.budget = HTML()
        self.budget.add_class("enc-budget")
        self.view = self._laid_out()
        self._show_question()
        self._name_codes()
        self.refresh_budget()

    def _laid_out(self) -> VBox:
        right = VBox(
            [
                self.panel.view,
                self.closer.view,
                self.question.view,
                self.saved.view,
            ]
        )
        right.add_class("enc-column")
        body = HBox([self.editor.view, right])
        body.add_class("enc-body")
        return VBox([self.budget, body])

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
        question = self._to_ask()
        if question is None:
            return
        self._how = how  # while editing, it goes on as it was asked last
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
        wider = widenings(self.editor.selection, self._words)
        if isinstance(answer, CountAnswer):
            self.panel.show_count(answer, wider)
        else:
            self.panel.show_attrition(answer, wider)
        if question != self._question():
            self.panel.show_changed()
        self.refresh_budget()

    def use(self, question: Question) -> None:
        """Take over a question that was written elsewhere; it can be undone."""
        chosen = adopt(question, self.editor.selection)
        self.editor.take(lambda _now: chosen)

    def refresh_budget(self) -> None:
        """Show how many questions are left."""
        self._refreshing.start(
            Request(self._client.budget, self._show_budget, self._fail)
        )

    def leave(self) -> None:
        """Show nothing any more that is still to come."""
        for latest in (
            self._counting,
            self._patience,
            self._refreshing,
            self._naming,
            self._linting,
        ):
            latest.forget()
        self.closer.leave()
        self.saved.leave()

    def _changed(self, selection: Selection) -> None:
        self._show_question()
        if any(code.label == code.code for code in selection.codes):
            self._name_codes()
        # Variables change no count.
        chosen = replace(selection, variables=(), variable_windows=None)
        before, self._chosen = self._chosen, chosen
        live = self.panel.while_editing.value is True
        if chosen == before and not self.editor.problem:
            return
        self.closer.show_changed()
        if live and self._question() is not None:
            self.ask(self._how, pause=EDITING_PAUSE_SECONDS)
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
        self.closer.show(self.editor.selection)
        self._look_for_mistakes(question)
        if question is not None:
            self.question.show(question, self.editor.selection.labels)
            self.saved.show(question)
            self.panel.show_price(len(steps(question)))

    def _look_for_mistakes(self, question: Question | None) -> None:
        """Have the linter look; whoever has chosen nothing yet made no mistake."""
        if question is None or question == Question():
            self._linting.forget()
            self.question.show_remarks(())
            return
        self._linting.start(
            Request(
                partial(self._client.remarks, question),
                self.question.show_remarks,
                # The count will say that the portal is away.
                lambda _error: self.question.show_remarks(()),
                EDITING_PAUSE_SECONDS,
            )
        )

    def _show_budget(self, budget: BudgetAnswer) -> None:
        self.budget.value = self._write.budget(budget)

    def _to_ask(self) -> Question | None:
        """Return what is chosen, or say why it cannot be asked.

        What the gate would refuse is not asked: a refusal would cost a question.
        """
        question = self._question()
        if question is None:
            self.panel.show_failure(self.editor.problem or self._words.wrong_ages)
            return None
        too_fine = refusals(question, self.editor.selection.grammar)
        if too_fine:
            self.panel.show_refusals(too_fine)
            return None
        return question

    def _question(self) -> Question | None:
        """Return what is chosen, or None while it cannot be asked.

        That is while a limit is missing or too fine, and for ages from 50 to 39.
        """
        if self.editor.problem:
            return None
        try:
            return self.editor.selection.question()
        except ValueError:
            return None

    def _show_long(self, _nothing: None) -> None:
        self.panel.show_waiting(long=True)

    def _fail(self, error: Exception) -> None:
        self._patience.forget()
        self.panel.show_failure(told(error, self._language))


async def _nothing() -> None:
    """Ask nothing: only the pause before it matters."""
