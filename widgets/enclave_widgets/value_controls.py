"""The controls that compare a measured value, and what is wrong in them."""

from collections.abc import Callable
from typing import Any

from enclave.disclosure.policy import Grammar
from enclave_widgets import value_words
from enclave_widgets.chosen import (
    LONGEST_UNIT,
    OPERATORS,
    ChosenValue,
    nearest_limits,
)
from enclave_widgets.plain import Combobox, Dropdown, HBox, Text, show
from enclave_widgets.words import WORDS, Language


ANY = ""


class ValueControls:
    """How a value is compared, its limits, and their unit.

    Parameters
    ----------
    labelled
        Returns how a control is labelled, by what it is for.
    changed
        Called after each change that the visitor makes.
    """

    def __init__(
        self,
        language: Language,
        grammar: Grammar,
        labelled: Callable[[str], dict[str, Any]],
        changed: Callable[[], None],
    ) -> None:
        words = self._words = WORDS[language]
        self._language: Language = language
        self._grammar = grammar
        self._changed = changed
        self._showing = False
        self.operator = Dropdown(
            options=[
                (words.any_value, ANY),
                *zip(words.operators, OPERATORS, strict=True),
            ],
            **labelled(words.value),
        )
        self.lower = Text(continuous_update=False, **labelled(words.limit))
        self.upper = Text(continuous_update=False, **labelled(words.upper_limit))
        self.unit = Combobox(
            placeholder=words.any_unit,
            continuous_update=False,
            **labelled(words.unit),
        )
        self.controls = (self.operator, self.lower, self.upper, self.unit)
        for control in self.controls:
            control.observe(self._typed, "value")
        self.view = HBox(list(self.controls))
        self.view.add_class("enc-row")

    def show(self, value: ChosenValue | None) -> None:
        """Show a comparison; ``None`` for any value."""
        upper = value.upper if value else None
        self._put(
            value.operator if value else ANY,
            self._written(value.lower) if value else "",
            "" if upper is None else self._written(upper),
            (value.unit or "") if value else "",
        )

    def follow(self, before: "ValueControls") -> None:
        """Take over what was typed into the controls of another language."""
        self._put(*(control.value for control in before.controls))
        self._changed()

    def read(self) -> ChosenValue | None:
        """Read the controls; ValueError is for the visitor."""
        operator = next((one for one in OPERATORS if one == self.operator.value), None)
        if operator is None:
            return None
        lower = self._limit(self.lower.value)
        upper = self._limit(self.upper.value) if operator == "between" else None
        if upper is not None and lower >= upper:
            raise ValueError(self._words.reversed_limits)
        unit = str(self.unit.value).strip()[:LONGEST_UNIT]
        return ChosenValue(operator, lower, upper, unit or None)

    def _put(self, *values: str) -> None:
        """Set all controls; half of them would be another comparison."""
        self._showing = True
        for control, value in zip(self.controls, values, strict=True):
            control.value = value
        self._showing = False
        self._draw()

    def _typed(self, _change: dict[str, Any]) -> None:
        if not self._showing:
            self._draw()
            self._changed()

    def _draw(self) -> None:
        compared = self.operator.value in OPERATORS
        show(self.lower, self.unit, when=compared)
        show(self.upper, when=self.operator.value == "between")

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
