"""Where a visitor asks, and where the answer is shown."""

from collections.abc import Callable, Sequence

from enclave.feasibility.answers import AttritionAnswer, CountAnswer, PolicyAnswer
from enclave_widgets import markup, rules
from enclave_widgets.cards import card, close_all
from enclave_widgets.criterion_row import Change
from enclave_widgets.markup import Markup
from enclave_widgets.plain import HTML, Button, Checkbox, HBox, VBox
from enclave_widgets.widening import Wider
from enclave_widgets.words import WORDS, Language


class AnswerPanel:
    """Buttons, the count, what might show it if it is hidden, the steps, the rules.

    Parameters
    ----------
    take
        Called with a change of the question that the visitor wants.
    """

    def __init__(
        self, language: Language, policy: PolicyAnswer, take: Callable[[Change], None]
    ) -> None:
        words = self._words = WORDS[language]
        self._language: Language = language
        self._take = take
        self._write = Markup(language, policy.rules)
        self.count = Button(description=words.count)
        self.count.add_class("enc-primary")
        self.steps = Button(description=words.steps)
        self.while_editing = Checkbox(
            description=words.while_editing, value=False, indent=False
        )
        self.price = HTML()
        self.answer = HTML(markup.note(words.nothing_asked))
        self.answer.add_class("enc-live")
        self.attrition = HTML()
        self.wider = VBox()
        self.wider.add_class("enc-wider")
        buttons = HBox([self.count, self.steps, self.while_editing])
        buttons.add_class("enc-row")
        self.view = card(
            HTML(markup.heading(words.result)),
            buttons,
            self.price,
            self.answer,
            self.wider,
            self.attrition,
            HTML(self._rules(policy)),
        )

    def show_price(self, steps: int) -> None:
        """Say what it would cost to ask."""
        note = self._words.price.format(steps=steps)
        if self.while_editing.value is True:
            note = f"{note} {self._words.live_note}"
        self.price.value = markup.note(note)

    def show_count(self, answer: CountAnswer, wider: list[Wider]) -> None:
        """Show a count, and ways to widen the question if it is hidden."""
        words = self._words
        price = words.asked_before if answer.answered_before else words.was_new
        self._show(self._write.answer(answer.value, [price]), "")
        if answer.value is None:
            self._show_wider(wider)

    def show_attrition(self, answer: AttritionAnswer, wider: list[Wider]) -> None:
        """Show steps, and the last of them as the count."""
        last = answer.steps[-1].value
        self._show(self._write.answer(last, []), self._write.attrition(answer.steps))
        if last is None:
            self._show_wider(wider)

    def show_waiting(self, *, long: bool = False) -> None:
        """Say that an answer is on its way."""
        text = self._words.waiting_long if long else self._words.waiting
        self._show(markup.waiting(text), "")

    def show_failure(self, text: str) -> None:
        """Say that there is no answer, and why."""
        self._show(markup.failure(self._words.failed, text), "")

    def show_refusals(self, reasons: Sequence[str]) -> None:
        """Say what is too fine to be counted here, and where it can be asked."""
        words = self._words
        said = [rules.in_words_of(self._language, reason) for reason in reasons]
        self._show(markup.refusals(words.refused, words.refused_hint, said), "")

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
        before = self.wider.children
        self.wider.children = ()
        close_all(before)

    def _show_wider(self, wider: list[Wider]) -> None:
        if not wider:
            return
        words = self._words
        text = markup.heading(words.wider, level=3) + markup.note(words.wider_note)
        buttons = HBox([self._wider_button(*way) for way in wider])
        buttons.add_class("enc-small")
        self.wider.children = [HTML(text), buttons]

    def _wider_button(self, name: str, change: Change) -> Button:
        button = Button(description=name)
        button.on_click(lambda _: self._take(change))
        return button

    def _rules(self, policy: PolicyAnswer) -> str:
        lines = policy.explanation.get(self._language, ())
        return markup.folded(self._words.rules, markup.bullets(lines))
