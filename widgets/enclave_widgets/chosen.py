"""One criterion as chosen: codes, a value, a time, and whether it must hold.

It is as coarse as the gate's grammar wants it, or it cannot be made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypeVar

from enclave.cohort.question import (
    AnyOf,
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    Criterion,
    EventCriterion,
    Not,
    ValueCondition,
    Within,
)
from enclave.disclosure.policy import Grammar


Choice = TypeVar("Choice")
Operator = Literal["<", ">=", "between"]
OPERATORS: tuple[Operator, ...] = ("<", ">=", "between")
LONGEST_UNIT = 40
MAXIMUM_TEXT = 100


@dataclass(frozen=True)
class ChosenCode:
    """A code as coarse as it may be asked, and what it is called."""

    system: str
    code: str
    label: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same code, whatever it is called."""
        return self.system, self.code


@dataclass(frozen=True)
class ChosenValue:
    """A comparison of the measured value; ``upper`` only for ``between``."""

    operator: Operator
    lower: float
    upper: float | None = None
    unit: str | None = None

    def condition(self) -> ValueCondition:
        """Return it as a part of a question."""
        if self.operator == "between":
            upper = self.lower if self.upper is None else self.upper
            return Between(lower=self.lower, upper=upper, unit=self.unit)
        return Comparison(operator=self.operator, threshold=self.lower, unit=self.unit)


@dataclass(frozen=True)
class Window:
    """Days from the index event, both ends included; ``None`` leaves one open."""

    from_days: int | None
    to_days: int | None


@dataclass(frozen=True)
class ChosenCriterion:
    """Events with any of the codes, that patients must have or must not have."""

    codes: tuple[ChosenCode, ...]
    present: bool = True
    value: ChosenValue | None = None
    window: Window | None = None

    needs_index: ClassVar[bool] = False
    """Its window goes with the index event; what is kept stays."""

    @property
    def systems(self) -> tuple[str, ...]:
        """The code systems, each of which is one predicate of the question."""
        return tuple(dict.fromkeys(code.system for code in self.codes))

    def events(self, grammar: Grammar) -> tuple[EventCriterion, ...]:
        """Return one event criterion for each code system."""
        return tuple(
            EventCriterion(
                codes=CodeList(
                    system=system,
                    entries=tuple(
                        CodeEntry(code=code.code, match=match_of(system, grammar))
                        for code in self.codes
                        if code.system == system
                    ),
                ),
                value=self.value.condition() if self.value else None,
            )
            for system in self.systems
        )

    def criterion(self, grammar: Grammar) -> Criterion:
        """Return it as a part of a question."""
        parts: list[Criterion] = [
            self._in_window(event) for event in self.events(grammar)
        ]
        meant = parts[0] if len(parts) == 1 else AnyOf(criteria=tuple(parts))
        return meant if self.present else Not(criterion=meant)

    def named(self, labels: Mapping[tuple[str, str], str]) -> "ChosenCriterion":
        """Call its codes something else; what is asked stays the same."""
        codes = (
            replace(code, label=labels.get(code.key, code.label)) for code in self.codes
        )
        return replace(self, codes=tuple(codes))

    def _in_window(self, event: EventCriterion) -> EventCriterion | Within:
        if self.window is None:
            return event
        return Within(
            criterion=event,
            from_days=self.window.from_days,
            to_days=self.window.to_days,
        )


def match_of(system: str, grammar: Grammar) -> Literal["exact", "prefix"]:
    """Return how codes of a system are asked."""
    return "exact" if grammar.code_systems[system] == "exact" else "prefix"


def coarse_code(grammar: Grammar, system: str, code: str) -> str | None:
    """Return a code as coarse as it may be asked; ``None`` if it may not be."""
    level = grammar.code_systems.get(system)
    if level is None or len(code) > MAXIMUM_TEXT:
        return None
    if level == "exact":
        return code
    return code[:level] if len(code) >= level else None


def checked_value(value: ChosenValue, grammar: Grammar) -> ChosenValue:
    """Return a value that may be asked.

    Raises
    ------
    ValueError
        If a limit is none of the menu, or the two are the wrong way round.
    """
    limits = [value.lower, *([] if value.upper is None else [value.upper])]
    if value.operator not in OPERATORS or not all(map(grammar.is_cut_point, limits)):
        raise ValueError("no such limit")
    if (value.operator == "between") != (len(limits) == 2):
        raise ValueError("between has two limits, and nothing else has")
    if len(limits) == 2 and limits[0] >= limits[1]:
        raise ValueError("the limits are the wrong way round")
    if value.unit is not None and not 0 < len(value.unit) <= LONGEST_UNIT:
        raise ValueError("no such unit")
    value.condition()
    return value


def checked_window(window: Window, grammar: Grammar) -> Window:
    """Return a window that may be asked.

    Raises
    ------
    ValueError
        If an end is none of the menu, or it is too short.
    """
    ends = [day for day in (window.from_days, window.to_days) if day is not None]
    if not ends or any(day not in grammar.window_days for day in ends):
        raise ValueError("no such window")
    if len(ends) == 2 and ends[1] - ends[0] + 1 < grammar.shortest_window_days:
        raise ValueError("too short a window")
    return window


def windows(grammar: Grammar) -> tuple[Window, ...]:
    """Return the windows to choose from: those that people ask for."""
    days = [day for day in grammar.window_days if day > 1]
    wished = [
        Window(None, -1),
        *(Window(-day, -1) for day in days),
        Window(0, None),
        Window(1, None),
        *(Window(0, day) for day in days),
        *(Window(1, day) for day in days),
        *(Window(-day, day) for day in days),
    ]
    return tuple(window for window in wished if _may_be_asked(window, grammar))


def nearest_limits(value: float, grammar: Grammar) -> tuple[float, ...]:
    """Return the limits below and above a number that may be asked instead of it."""
    if value == 0:
        return (0.0,)
    sign = -1 if value < 0 else 1
    exponent = int(f"{abs(value):e}".split("e")[1])
    steps = [
        float(f"{sign * step:g}e{power}")
        for step in grammar.value_steps
        for power in (exponent - 1, exponent, exponent + 1)
    ]
    limits = sorted({*steps, *grammar.clinical_limits})
    below = [limit for limit in limits if limit <= value][-1:]
    above = [limit for limit in limits if limit >= value][:1]
    return tuple(dict.fromkeys(below + above))


def one_of(menu: Sequence[Choice], chosen: object) -> Choice:
    """Return the choice of a menu that was meant: ours, not the one that was sent."""
    for choice in menu:
        if choice == chosen and type(choice) is type(chosen):
            return choice
    raise ValueError("no such choice")


def same_code(chosen: ChosenCode, codes: Sequence[ChosenCode]) -> bool:
    """Whether a code is among others."""
    return chosen.key in {code.key for code in codes}


def _may_be_asked(window: Window, grammar: Grammar) -> bool:
    try:
        checked_window(window, grammar)
    except ValueError:
        return False
    return True
