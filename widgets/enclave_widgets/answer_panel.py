"""Where a visitor asks, and where the answer is shown."""

from collections.abc import Mapping

from ipywidgets import HTML, Button, Checkbox, HBox, VBox

from enclave.cohort.question import Question
from enclave.cohort.rendering import describe
from enclave.feasibility.answers import (
    AttritionAnswer,
    BudgetAnswer,
    CountAnswer,
    PolicyAnswer,
)
from enclave_widgets import markup
from enclave_widgets.editor import card
from enclave_widgets.markup import Markup
from enclave_widgets.words import WORDS, Language


class AnswerPanel:
    """Buttons, the count, the steps, the budget and the rules."""

    def __init__(self, language: Language, policy: PolicyAnswer) -> None:
        self._language = language
        self._words = WORDS[language]
        self._write = Markup(language, policy.rules)
        self.count = Button(description=self._words.count)
        self.count.add_class("enc-primary")
        self.steps = Button(description=self._words.steps)
        self.while_editing = Checkbox(
            description=self._words.while_editing, value=False, indent=False
        )
        self.price = HTML()
        self.answer = HTML(markup.note(self._words.nothing_asked))
        self.attrition = HTML()
        self.budget = HTML()
        self.asked = HTML()
        self.view = VBox(
            [
                self._answer_card(),
                card(HTML(markup.heading(self._words.budget)), self.budget),
                card(HTML(self._rules(policy)), self.asked),
            ]
        )
        self.view.add_class("enc-column")

    def show_question(
        self, question: Question, labels: Mapping[str, str], steps: int
    ) -> None:
        """Say what would be asked, and what it would cost.

        Parameters
        ----------
        labels
            What codes (``SKS:DE11``) are called.
        """
        self.price.value = markup.note(self._words.price.format(steps=steps))
        text = markup.preformatted(describe(question, self._language, labels))
        json = markup.preformatted(
            question.model_dump_json(indent=2, exclude_none=True)
        )
        self.asked.value = markup.folded(self._words.as_text, text) + markup.folded(
            self._words.as_json, json
        )

    def show_count(self, answer: CountAnswer) -> None:
        """Show a count."""
        words = self._words
        price = words.asked_before if answer.answered_before else words.was_new
        self._show(self._write.answer(answer.value, [price]), "")

    def show_attrition(self, answer: AttritionAnswer) -> None:
        """Show steps, and the last of them as the count."""
        self._show(
            self._write.answer(answer.steps[-1].value, []),
            self._write.attrition(answer.steps),
        )

    def show_budget(self, budget: BudgetAnswer) -> None:
        """Show what is left."""
        self.budget.value = self._write.budget(budget)

    def show_waiting(self, *, long: bool = False) -> None:
        """Say that an answer is on its way."""
        text = self._words.waiting_long if long else self._words.waiting
        self._show(markup.waiting(text), "")

    def show_failure(self, text: str) -> None:
        """Say that there is no answer, and why."""
        self._show(markup.failure(self._words.failed, text), "")

    def show_changed(self) -> None:
        """Say that the answer is not to the question as it is now."""
        for html in (self.answer, self.attrition):
            html.add_class("enc-old")
        if self._words.changed not in self.answer.value:
            self.answer.value += markup.note(self._words.changed)

    def _show(self, answer: str, attrition: str) -> None:
        for html, value in ((self.answer, answer), (self.attrition, attrition)):
            html.remove_class("enc-old")
            html.value = value

    def _answer_card(self) -> VBox:
        buttons = HBox([self.count, self.steps, self.while_editing])
        buttons.add_class("enc-row")
        return card(
            HTML(markup.heading(self._words.result)),
            buttons,
            self.price,
            self.answer,
            self.attrition,
        )

    def _rules(self, policy: PolicyAnswer) -> str:
        lines = policy.explanation.get(self._language, ())
        return markup.folded(self._words.rules, markup.bullets(lines))
