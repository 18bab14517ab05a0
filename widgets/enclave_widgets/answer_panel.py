"""Where a visitor asks, and where the answer is shown."""

from collections.abc import Callable

from enclave.feasibility.answers import AttritionAnswer, CountAnswer, PolicyAnswer
from enclave_widgets import markup
from enclave_widgets.cards import card, close_all
from enclave_widgets.criterion_row import Change
from enclave_widgets.markup import Markup
from enclave_widgets.outdated import Outdated
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
        self.outdated = Outdated(words, self.answer, self.attrition)
        self.wider = VBox()
        self._ways: list[str] = []
        self.wider.add_class("enc-wider")
        buttons = HBox([self.count, self.steps, self.while_editing])
        buttons.add_class("enc-row")
        self.view = card(
            HTML(markup.heading(words.result)),
            buttons,
            self.price,
            self.answer,
            self.outdated.note,
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

    def show_count(self, answer: CountAnswer, wider: list[Wider], *, old: bool) -> None:
        """Show a count, and ways to widen the question if it is hidden.

        Parameters
        ----------
        old
            Whether it is to another question than the one chosen now.
        """
        words = self._words
        price = words.asked_before if answer.answered_before else words.was_new
        self._show(self._write.answer(answer.value, [price]), "", old=old)
        self._show_wider(wider if answer.value is None else [])

    def show_attrition(
        self, answer: AttritionAnswer, wider: list[Wider], *, old: bool
    ) -> None:
        """Show steps, and the last of them as the count."""
        last = answer.steps[-1].value
        steps = self._write.attrition(answer.steps)
        self._show(self._write.answer(last, []), steps, old=old)
        self._show_wider(wider if last is None else [])

    def show_waiting(self, *, long: bool = False) -> None:
        """Say that an answer is on its way."""
        text = self._words.waiting_long if long else self._words.waiting
        self._show_only(markup.waiting(text))

    def show_problem(self, html: str) -> None:
        """Show why there is no answer."""
        self._show_only(html)

    def show_nothing(self) -> None:
        """Say that nothing was asked yet."""
        self._show_only(markup.note(self._words.nothing_asked))

    def _show_only(self, html: str) -> None:
        self._show(html, "", old=False)
        self._show_wider([])

    def _show(self, answer: str, attrition: str, *, old: bool) -> None:
        self.answer.value, self.attrition.value = answer, attrition
        self.outdated.mark(old=old)

    def _show_wider(self, wider: list[Wider]) -> None:
        names = [name for name, _ in wider]
        if names == self._ways:
            return
        self._ways, before = names, self.wider.children
        self.wider.children = self._widening(wider) if wider else ()
        close_all(before)

    def _widening(self, wider: list[Wider]) -> tuple[HTML, HBox]:
        words = self._words
        text = markup.heading(words.wider, level=3) + markup.note(words.wider_note)
        buttons = HBox([self._wider_button(*way) for way in wider])
        buttons.add_class("enc-small")
        return HTML(text), buttons

    def _wider_button(self, name: str, change: Change) -> Button:
        button = Button(description=name)
        button.on_click(lambda _: self._widen(change))
        return button

    def _widen(self, change: Change) -> None:
        self._take(change)
        self.count.focus()  # the button that was pressed is gone

    def _rules(self, policy: PolicyAnswer) -> str:
        lines = policy.explanation.get(self._language, ())
        return markup.folded(self._words.rules, markup.bullets(lines))
