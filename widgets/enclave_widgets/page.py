"""The page of one language: choosing on one side, the answer on the other."""

from collections.abc import Awaitable, Callable
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
from enclave_widgets import markup, rules
from enclave_widgets.adopting import adopt
from enclave_widgets.answer_panel import AnswerPanel
from enclave_widgets.client import FoundCode, PortalClient
from enclave_widgets.closer_card import Asking, CloserCard
from enclave_widgets.code_names import CodeNames
from enclave_widgets.editor import Editor
from enclave_widgets.history import History
from enclave_widgets.latest import Latest, Request
from enclave_widgets.looks import cohort_of
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
How = Callable[[Question], Awaitable[Counted]]


class Page:
    """Asks what the visitor has chosen, and shows the newest answer.

    Attributes
    ----------
    answered
        The question that was answered last, and its answer.
    under_way
        The question that is being asked, and how.
    how
        How it was asked last: while editing, it goes on so.
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
        self._names = CodeNames(client, language, self._rename)
        self._linting: Latest[list[RemarkAnswer]] = Latest()
        self._write = Markup(language, policy.rules)
        self.under_way: tuple[Question, How] | None = None
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
        self.how: How = client.count
        self.panel.count.on_click(lambda _: self.ask(client.count))
        self.panel.steps.on_click(lambda _: self.ask(client.attrition))
        self.panel.while_editing.observe(lambda _: self._show_words(), "value")
        self.budget = HTML()
        for name in ("enc-budget", "enc-live"):
            self.budget.add_class(name)
        self.view = self._laid_out()
        self._show_question()
        self._names.look_up(selection)
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

    def ask(self, how: How, *, pause: float = 0.0) -> None:
        """Ask what is chosen now; once, however often the button is pressed.

        Parameters
        ----------
        how
            Asks the portal.
        pause
            Seconds in which a further change replaces this question.
        """
        question = self._to_ask(self._tell)
        asked, asked_how = self.under_way or (None, None)
        if question and not (asked_how == how and _same_cohort(question, asked)):
            self._start(question, how, pause)

    def show(self, question: Question, answer: Counted) -> None:
        """Show the answer to a question, and whether it is still the one chosen."""
        self._end_waiting()
        self.answered = question, answer
        self._show_answered()
        self.closer.load()  # if that failed before: the portal is there
        self.refresh_budget()

    def use(self, question: Question) -> None:
        """Take over a question that was written elsewhere; it can be undone."""
        chosen = adopt(question, self.editor.selection)
        self.editor.take(lambda _now: chosen)

    def follow(self, before: "Page") -> None:
        """Go on where the page of another language stood: nothing is paid again."""
        before.leave()
        self.panel.while_editing.value = before.panel.while_editing.value
        self.how, self.answered = before.how, before.answered
        self._show_answered()
        if before.under_way is not None:
            self._start(*before.under_way)
        self.closer.follow(before.closer)
        self.editor.follow(before.editor)
        self.question.follow(before.question)

    def refresh_budget(self) -> None:
        """Show how many questions are left."""
        self._refreshing.start(
            Request(self._client.budget, self._show_budget, self._show_no_budget)
        )

    def leave(self) -> None:
        """Show nothing any more that is still to come."""
        for asking in (self._counting, self._patience, self._refreshing, self._linting):
            asking.forget()
        self._names.forget()
        self.closer.leave()
        self.saved.leave()

    def _start(self, question: Question, how: How, pause: float = 0.0) -> None:
        self.how = how
        self.under_way = question, how
        self.panel.show_waiting()
        show = partial(self.show, question)
        self._counting.start(Request(partial(how, question), show, self._fail, pause))
        self._patience.start(
            Request(_nothing, self._show_long, self._fail, pause + LONG_SECONDS)
        )

    def _end_waiting(self) -> None:
        self._counting.forget()
        self._patience.forget()
        self.under_way = None

    def _show_answered(self) -> None:
        """Show the last answer, and whether it is to the question as it is now."""
        if self.answered is None:
            self.panel.show_nothing()
            return
        asked, answer = self.answered
        old = not _same_cohort(asked, self._question())
        wider = widenings(self.editor.selection, self._words)
        if isinstance(answer, CountAnswer):
            self.panel.show_count(answer, wider, old=old)
        else:
            self.panel.show_attrition(answer, wider, old=old)

    def _changed(self, selection: Selection) -> None:
        self._show_question()
        if any(code.label == code.code for code in selection.codes):
            self._names.look_up(selection)
        if self.panel.while_editing.value is True:
            self._ask_while_editing()
        elif self.under_way is None:
            # Also instead of what could not be asked before.
            self._show_answered()

    def _ask_while_editing(self) -> None:
        now, asked = self._question(), self.answered and self.answered[0]
        if now is not None and not _same_cohort(now, asked):
            self.ask(self.how, pause=EDITING_PAUSE_SECONDS)
            return
        # Nor is it asked what was chosen a moment ago.
        self._end_waiting()
        self._show_answered()

    def _rename(self, found: list[FoundCode]) -> None:
        self.editor.rename(found)
        self._show_words()

    def _show_question(self) -> None:
        question = self._question()
        self.closer.show(self.editor.selection, question)
        self._look_for_mistakes(question)
        self._show_words()

    def _show_words(self) -> None:
        question = self._question()
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

    def _show_no_budget(self, error: Exception) -> None:
        """Say so where the budget stands: an answer that is shown stays."""
        self.budget.value = markup.alarm(told(error, self._language))

    def _to_ask(self, tell: Callable[[str], None]) -> Question | None:
        """Return what is chosen, or tell why it cannot be asked, as HTML.

        What the gate would refuse is not asked: a refusal would cost a question.
        """
        question = self._question()
        if question is None:
            problem = self.editor.problem or self._words.wrong_ages
            tell(markup.failure(self._words.failed, problem))
            return None
        too_fine = refusals(question, self.editor.selection.grammar)
        if too_fine:
            tell(rules.too_fine(too_fine, self._language))
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

    def _tell(self, problem: str) -> None:
        self._end_waiting()
        self.panel.show_problem(problem)

    def _fail(self, error: Exception) -> None:
        self._tell(markup.failure(self._words.failed, told(error, self._language)))


async def _nothing() -> None:
    """Ask nothing: only the pause before it matters."""


def _same_cohort(one: Question, other: Question | None) -> bool:
    """Whether a count of one is that of the other: variables change none."""
    return other is not None and cohort_of(one) == cohort_of(other)
