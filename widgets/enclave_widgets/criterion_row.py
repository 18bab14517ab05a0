"""One criterion on the page: what it asks for, and the controls that change it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from enclave.disclosure.policy import Grammar
from enclave_widgets import markup, value_words
from enclave_widgets.cards import close_all
from enclave_widgets.chosen import (
    ChosenCode,
    ChosenCriterion,
    Window,
    windows,
)
from enclave_widgets.kept import KeptCriterion, kept_in_words
from enclave_widgets.plain import HTML, Button, Dropdown, HBox, VBox, hide, show
from enclave_widgets.selection import INDEX, Selection
from enclave_widgets.value_controls import ValueControls
from enclave_widgets.words import WORDS, Language


Change = Callable[[Selection], Selection]


class CriterionRow:
    """One place of the list. What stands there changes, the controls stay.

    Nothing is made anew after a change, so that the keyboard's focus stays where it is.

    Parameters
    ----------
    place
        Which one, or :data:`INDEX`.
    take
        Called with each change that the visitor wants.
    move
        Called with the place, and -1 or 1, to move what stands there.
    """

    def __init__(
        self,
        place: int,
        language: Language,
        grammar: Grammar,
        take: Callable[[Change], None],
        move: Callable[[int, int], None],
    ) -> None:
        self._place = place
        self._language: Language = language
        self._words = WORDS[language]
        self._grammar = grammar
        self._take = take
        self._move = move
        self._asked: object = None
        self._drawn: tuple[ChosenCode, ...] = ()
        self._showing = False
        self._windows: tuple[Window | None, ...] = ()
        self.problem = ""
        self.codes, self.kept = VBox(), HTML()
        self._make_controls()
        self._make_buttons()
        self.message = HTML()
        self.message.add_class("enc-live")
        self._choices = HBox([self.presence, self.when])
        self._choices.add_class("enc-row")
        buttons = HBox([self.up, self.down, self.remove])
        buttons.add_class("enc-small")
        self.view = VBox(
            [
                self.kept,
                self.codes,
                self._choices,
                self.measured.view,
                self.message,
                buttons,
            ]
        )
        self.view.add_class("enc-chosen")

    def show(self, selection: Selection) -> None:
        """Show what stands at this place."""
        criterion = selection.at(self._place)
        self._showing = True
        self._show_buttons(selection)
        if isinstance(criterion, KeptCriterion):
            self._show_kept(criterion)
            self._showing = False
            return
        self.kept.value = ""
        show(self.codes, self._choices)
        if self._drawn != criterion.codes:
            self._draw_codes(criterion)
        if self._asked != _asked(criterion):
            # What is half typed was about what stood here before.
            self.measured.show(criterion.value)
            self._say("")
        self.presence.value = criterion.present
        self._show_windows(selection, criterion)
        show(self.measured.view, when=selection.has_values(self._place))
        self._asked = _asked(criterion)
        self._showing = False

    def leave(self) -> None:
        """Forget what stood here: nothing does."""
        self._asked = None
        self._say("")

    def same(self, change: Change) -> Change:
        """Return a change after which the same criterion stands here.

        What is half typed about its value stays.
        """

        def changed(now: Selection) -> Selection:
            selection = change(now)
            criterion = selection.at(self._place)
            if isinstance(criterion, ChosenCriterion):
                self._asked = _asked(criterion)
            return selection

        return changed

    def follow(self, before: "CriterionRow") -> None:
        """Take over what was typed into the row of another language, if it is wrong.

        What is right is in the selection.
        """
        if before.problem:
            self.measured.follow(before.measured)

    def _show_buttons(self, selection: Selection) -> None:
        self.up.disabled = self._place == 0
        self.down.disabled = self._place == len(selection.criteria) - 1

    def _show_kept(self, criterion: KeptCriterion) -> None:
        """Say what is asked there; no control could change it."""
        said = kept_in_words(criterion, self._language, index=self._place == INDEX)
        title = markup.badge(f"{self._name} · {self._words.kept}")
        self.kept.value = title + markup.at_length(said)
        hide(self.codes, self._choices, self.measured.view)
        self.leave()

    def _make_controls(self) -> None:
        words = self._words
        self.presence = Dropdown(
            options=[(words.must, True), (words.must_not, False)],
            **self._labelled(words.population),
        )
        self.when = Dropdown(options=[], **self._labelled(words.when))
        self.when.add_class("enc-when")
        self.measured = ValueControls(
            self._language, self._grammar, self._labelled, self._value_chosen
        )
        self.presence.observe(self._presence_chosen, "value")
        self.when.observe(self._window_chosen, "value")
        if self._place == INDEX:
            hide(self.presence)

    def _make_buttons(self) -> None:
        words = self._words
        self.up = Button(description="↑", tooltip=self._named(words.move_up))
        self.down = Button(description="↓", tooltip=self._named(words.move_down))
        self.remove = Button(
            description=words.remove, tooltip=self._named(words.remove)
        )
        place = self._place
        self.up.on_click(lambda _: self._move(place, -1))
        self.down.on_click(lambda _: self._move(place, 1))
        self.remove.on_click(lambda _: self._take(lambda now: now.without(place)))
        if place == INDEX:
            hide(self.up, self.down)

    @property
    def _name(self) -> str:
        if self._place == INDEX:
            return self._words.index_event
        return self._words.criterion.format(number=self._place + 1)

    def _labelled(self, what: str) -> dict[str, Any]:
        label = markup.label(what, self._name)
        return {"description": label, "description_allow_html": True}

    def _named(self, what: str) -> str:
        return f"{what} · {self._name}"

    def _draw_codes(self, criterion: ChosenCriterion) -> None:
        before = self.codes.children
        rows = []
        for number, code in enumerate(criterion.codes):
            lead = self._words.or_ if number else ""
            name = HTML(markup.code(code.code, code.label, lead=lead))
            if len(criterion.codes) == 1:
                rows.append(name)
                continue
            remove = Button(
                description="✕", tooltip=f"{self._words.remove} {code.code}"
            )
            remove.on_click(partial(self._remove_code, number))
            row = HBox([name, remove])
            row.add_class("enc-code")
            rows.append(row)
        title = [] if self._place == INDEX else [HTML(markup.badge(self._name))]
        self.codes.children = [*title, *rows]
        self._drawn = criterion.codes
        close_all(before)

    def _remove_code(self, number: int, _button: Button) -> None:
        self._take(self.same(lambda now: now.without_code(self._place, number)))

    def _show_windows(self, selection: Selection, criterion: ChosenCriterion) -> None:
        menu: list[Window | None] = [None, *windows(self._grammar)]
        if criterion.window not in menu:
            menu.append(criterion.window)
        if tuple(menu) != self._windows:
            self._windows = tuple(menu)
            self.when.options = [
                (value_words.window(window, self._words), number)
                for number, window in enumerate(menu)
            ]
        self.when.value = menu.index(criterion.window)
        timed = selection.index is not None and self._place != INDEX
        show(self.when, when=timed)

    def _presence_chosen(self, change: dict[str, Any]) -> None:
        if not self._showing:
            present = change["new"]
            self._take(self.same(lambda now: now.with_presence(self._place, present)))

    def _window_chosen(self, change: dict[str, Any]) -> None:
        number = change["new"]
        if self._showing or not isinstance(number, int):
            return
        if 0 <= number < len(self._windows):
            window = self._windows[number]
            self._take(self.same(lambda now: now.with_window(self._place, window)))

    def _value_chosen(self) -> None:
        try:
            value = self.measured.read()
        except ValueError as error:
            self._say(str(error))
            # Not what was asked for before: nothing is asked until this is mended.
            self._take(lambda now: now)
            return
        self._say("")
        self._take(lambda now: now.with_value(self._place, value))

    def _say(self, problem: str) -> None:
        self.problem = f"{self._name}: {problem}" if problem else ""
        self.message.value = markup.alarm(problem) if problem else ""


def _asked(criterion: ChosenCriterion) -> object:
    """Return what a criterion asks, whatever its codes are called."""
    codes = [code.key for code in criterion.codes]
    return codes, criterion.present, criterion.value, criterion.window
