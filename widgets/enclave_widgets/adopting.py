"""Take a question that was written elsewhere into the builder, whole or not at all."""

from datetime import date

from enclave.cohort.question import (
    AnyOf,
    Between,
    Criterion,
    EventCriterion,
    Not,
    Question,
    Within,
)
from enclave.disclosure.grammar import refusals
from enclave_widgets.chosen import (
    ChosenCode,
    ChosenCriterion,
    ChosenValue,
    Window,
    checked_value,
    checked_window,
)
from enclave_widgets.selection import Selection


def adopt(question: Question, blank: Selection) -> Selection:
    """Return the selection that asks a question.

    Parameters
    ----------
    blank
        A selection with nothing chosen.

    Raises
    ------
    ValueError
        Saying what the gate refuses, or which part the builder cannot show. Nothing is
        left out silently: the question that comes back is the one that went in.
    """
    too_fine = refusals(question, blank.grammar)
    if too_fine:
        raise ValueError("\n".join(too_fine))
    age = question.population.age
    chosen = Selection(
        grammar=blank.grammar,
        age_on=age.at if age and isinstance(age.at, date) else blank.age_on,
        sex=question.population.sex,
        age_from=age.minimum if age else None,
        age_to=age.maximum if age else None,
        age_at_index=bool(age and age.at == "index"),
        index=_criterion("index", question.index) if question.index else None,
        criteria=tuple(
            _criterion(f"criteria[{number}]", criterion)
            for number, criterion in enumerate(question.criteria)
        ),
        variables=question.variables,
    )
    _check_limits(chosen)
    _check_same(chosen.question(), question)
    return chosen


def _criterion(path: str, criterion: Criterion) -> ChosenCriterion:
    present = not isinstance(criterion, Not)
    meant = criterion.criterion if isinstance(criterion, Not) else criterion
    parts = meant.criteria if isinstance(meant, AnyOf) else (meant,)
    events: list[EventCriterion] = []
    windows: set[Window | None] = set()
    for part in parts:
        if isinstance(part, Within):
            windows.add(Window(part.from_days, part.to_days))
            events.append(part.criterion)
        elif isinstance(part, EventCriterion):
            windows.add(None)
            events.append(part)
        else:
            raise ValueError(_cannot_show(path))  # noqa: TRY004 - one kind for all
    if len(windows) > 1 or len({event.value for event in events}) > 1:
        raise ValueError(_cannot_show(path))
    return ChosenCriterion(
        codes=tuple(code for event in events for code in _codes(event)),
        present=present,
        value=_value(events[0]),
        window=windows.pop(),
    )


def _codes(event: EventCriterion) -> list[ChosenCode]:
    system = event.codes.system or ""
    return [ChosenCode(system, entry.code, entry.code) for entry in event.codes.entries]


def _value(event: EventCriterion) -> ChosenValue | None:
    match event.value:
        case None:
            return None
        case Between(lower=lower, upper=upper, unit=unit):
            return ChosenValue("between", lower, upper, unit)
        case comparison:
            # The gate's grammar has let nothing but these two pass.
            return ChosenValue(
                "<" if comparison.operator == "<" else ">=",
                comparison.threshold,
                unit=comparison.unit,
            )


def _check_limits(chosen: Selection) -> None:
    for one in (*chosen.criteria, *([chosen.index] if chosen.index else [])):
        if one.value:
            checked_value(one.value, chosen.grammar)
        if one.window:
            checked_window(one.window, chosen.grammar)


def _check_same(mine: Question, given: Question) -> None:
    for name in ("population", "index"):
        if getattr(mine, name) != getattr(given, name):
            raise ValueError(_cannot_show(name))
    for number, pair in enumerate(zip(mine.criteria, given.criteria, strict=True)):
        if pair[0] != pair[1]:
            raise ValueError(_cannot_show(f"criteria[{number}]"))
    if mine != given:
        raise ValueError(_cannot_show("the question"))


def _cannot_show(path: str) -> str:
    return (
        f"{path}: this page cannot show this part, and would change what is asked. Ask"
        " it from the command line or in a notebook instead."
    )
