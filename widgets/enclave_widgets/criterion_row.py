"""One criterion on the page: what it asks for, and the controls that change it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from enclave.disclosure.policy import Grammar
from enclave_widgets import markup, value_words
from enclave_widgets.cards import close_all
from enclave_widgets.chosen import (
    LONGEST_UNIT,
    OPERATORS,
    ChosenCriterion,
    ChosenValue,
    Window,
    nearest_limits,
    windows,
)
from enclave_widgets.kept import KeptCriterion, kept_in_words
from enclave_widgets.plain import (
    HTML,
    Button,
    Combobox,
    Dropdown,
    HBox,
    Text,
    VBox,
    hide,
    show,
)
from enclave_widgets.selection import INDEX, Selection
from enclave_widgets.words import WORDS, Language


Change = Callable[[Selection], Selection]
ANY = ""


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
        self._shown: ChosenCriterion | None = None
        self._showing = False
        self._windows: tuple[Window | None, ...] = ()
        self.problem = ""
        self.codes, self.kept = VBox(), HTML()
        self._make_controls()
        self._make_buttons()
        self.message = HTML()
        self.message.add_class("enc-live")
        self._values = HBox(list(self.typed))
        self._values.add_class("enc-row")
        self._choices = HBox([self.presence, self.when])
        self._choices.add_class("enc-row")
        buttons = HBox([self.up, self.down, self.remove])
        buttons.add_class("enc-small")
        self.view = VBox(
            [self.kept, self.codes, self._choices, self._values, self.message, buttons]
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
        if self._shown is None or self._shown.codes != criterion.codes:
            self._draw_codes(criterion)
        if self._shown is None or self._shown.value != criterion.value:
            self._show_value(criterion.value)
        self.presence.value = criterion.present
        self._show_windows(selection, criterion)
        show(self._values, when=selection.has_values(self._place))
        self._shown = criterion
        self._showing = False

    def follow(self, before: "CriterionRow") -> None:
        """Take over what was typed into the row of another language, if it is wrong.

        What is right is in the selection.
        """
        if before.problem:
            for control, typed in zip(self.typed, before.typed, strict=True):
                control.value = typed.value

    def _show_buttons(self, selection: Selection) -> None:
        self.up.disabled = self._place == 0
        self.down.disabled = self._place == len(selection.criteria) - 1

    def _show_kept(self, criterion: KeptCriterion) -> None:
        """Say what is asked there; no control could change it."""
        said = kept_in_words(criterion, self._language, index=self._place == INDEX)
        title = markup.badge(f"{self._name} · {self._words.kept}")
        self.kept.value = title + markup.at_length(said)
        hide(self.codes, self._choices, self._values)
        self._say("")
        self._shown = None

    def _make_controls(self) -> None:
        words = self._words
        self.presence = Dropdown(
            options=[(words.must, True), (words.must_not, False)],
            **self._labelled(words.population),
        )
        self.when = Dropdown(options=[], **self._labelled(words.when))
        self.when.add_class("enc-when")
        self.operator = Dropdown(
            options=[
                (words.any_value, ANY),
                *zip(words.operators, OPERATORS, strict=True),
            ],
            **self._labelled(words.value),
        )
        self.lower = Text(continuous_update=False, **self._labelled(words.limit))
        self.upper = Text(continuous_update=False, **self._labelled(words.upper_limit))
        self.unit = Combobox(
            placeholder=words.any_unit,
            continuous_update=False,
            **self._labelled(words.unit),
        )
        self.presence.observe(self._presence_chosen, "value")
        self.when.observe(self._window_chosen, "value")
        self.typed = (self.operator, self.lower, self.upper, self.unit)
        for control in self.typed:
            control.observe(self._value_chosen, "value")
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
        close_all(before)

    def _remove_code(self, number: int, _button: Button) -> None:
        self._take(lambda now: now.without_code(self._place, number))

    def _show_value(self, value: ChosenValue | None) -> None:
        self.operator.value = value.operator if value else ANY
        self.lower.value = self._written(value.lower) if value else ""
        upper = value.upper if value else None
        self.upper.value = "" if upper is None else self._written(upper)
        self.unit.value = (value.unit or "") if value else ""
        self._say("")
        self._draw_value_fields()

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
            self._take(lambda now: now.with_presence(self._place, present))

    def _window_chosen(self, change: dict[str, Any]) -> None:
        number = change["new"]
        if self._showing or not isinstance(number, int):
            return
        if 0 <= number < len(self._windows):
            window = self._windows[number]
            self._take(lambda now: now.with_window(self._place, window))

    def _value_chosen(self, _change: dict[str, Any]) -> None:
        if self._showing:
            return
        self._draw_value_fields()
        try:
            value = self._value()
        except ValueError as error:
            self._say(str(error))
            # Not what was asked for before: nothing is asked until this is mended.
            self._take(lambda now: now)
            return
        self._say("")
        self._take(lambda now: now.with_value(self._place, value))

    def _value(self) -> ChosenValue | None:
        """Read the fields; ValueError is for the visitor."""
        operator = next((one for one in OPERATORS if one == self.operator.value), None)
        if operator is None:
            return None
        lower = self._limit(self.lower.value)
        upper = self._limit(self.upper.value) if operator == "between" else None
        if upper is not None and lower >= upper:
            raise ValueError(self._words.reversed_limits)
        unit = str(self.unit.value).strip()[:LONGEST_UNIT]
        return ChosenValue(operator, lower, upper, unit or None)

    def _limit(self, text: str) -> float:
        limit = value_words.number(text)
        if limit is None:
            raise ValueError(self._words.no_number)
        if not self._grammar.is_cut_point(limit):
            near = [self._written(one) for one in nearest_limits(limit, self._grammar)]
            either = self._words.either.format(one=near[0], other=near[-1])
            raise ValueError(
                self._words.too_fine.format(
                    value=self._written(limit),
                    limits=either if len(near) > 1 else near[0],
                )
            )
        return limit

    def _written(self, number: float) -> str:
        return value_words.written(number, self._language)

    def _draw_value_fields(self) -> None:
        compared = self.operator.value in OPERATORS
        show(self.lower, self.unit, when=compared)
        show(self.upper, when=self.operator.value == "between")

    def _say(self, problem: str) -> None:
        self.problem = f"{self._name}: {problem}" if problem else ""
        self.message.value = markup.alarm(problem) if problem else ""
