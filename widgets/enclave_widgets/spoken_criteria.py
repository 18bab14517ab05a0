"""Criteria as they are written in a notebook, and what is wrong with them."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from enclave.cohort.question import CodeList, Comparison, EventCriterion, Within
from enclave.cohort.reading import made
from enclave.errors import InputError
from enclave_widgets.rules import in_words_of
from enclave_widgets.words import preferred_language


Made = TypeVar("Made")
Operator = Literal["<", "<=", ">", ">=", "="]
_PAIR = 2


def criterion(
    written: tuple[str, ...],
    value: tuple[Operator, float] | None,
    unit: str | None,
    days: tuple[int | None, int | None] | None,
) -> EventCriterion | Within:
    """Return an event with any of these codes, its value and its days.

    Raises
    ------
    InputError
        Saying what is wrong, in the words of this kernel.
    """
    found = event(written)
    if value is not None:
        operator, threshold = _pair(value, "value", '(">=", 10)')
        compared = checked(
            lambda: Comparison(operator=operator, threshold=threshold, unit=unit)
        )
        found = found.model_copy(update={"value": compared})
    if days is None:
        return found
    first, last = _pair(days, "days", "(0, 90)")
    return checked(lambda: Within(criterion=found, from_days=first, to_days=last))


def _pair(value: Any, what: str, example: str) -> tuple[Any, Any]:
    if not isinstance(value, tuple | list) or len(value) != _PAIR:
        raise _refusal(f"Write two in brackets as {what}, for instance {example}.")
    return value[0], value[1]


def checked(make: Callable[[], Made]) -> Made:
    """Make a part of a question, or say what is wrong in the words of this kernel."""
    try:
        return made(make)
    except InputError as error:
        raise _refusal(str(error)) from None


def _refusal(said: str) -> InputError:
    return InputError(in_words_of(preferred_language(), said))


def event(written: tuple[str, ...]) -> EventCriterion:
    """Return an event with any of these codes, ``SKS:DE11`` or ``SKS:DE11*``."""
    parts = [str(one).partition(":") for one in written]
    systems = {system for system, _, _ in parts}
    if len(systems) != 1 or not all(code for _, _, code in parts):
        raise _refusal(
            "Write each code with its code system, SKS:DE11 or SKS:DE11*, and those of"
            " another system in a criterion of their own."
        )
    system, patterns = systems.pop(), [code for _, _, code in parts]
    return checked(lambda: EventCriterion(codes=CodeList.of(system, *patterns)))
