"""Take a question that was written elsewhere into the page, whole."""

from datetime import date

from enclave.cohort.question import (
    AnyOf,
    Between,
    Criterion,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from enclave.disclosure.policy import Grammar
from enclave.errors import InputError
from enclave_widgets.chosen import (
    OPERATORS,
    ChosenCode,
    ChosenCriterion,
    ChosenValue,
    Window,
    checked_value,
    checked_window,
    one_of,
)
from enclave_widgets.kept import KeptCriterion
from enclave_widgets.selection import MAXIMUM_CODES, Chosen, Selection


def adopt(question: Question, blank: Selection) -> Selection:
    """Return the selection that asks a question.

    What the page has controls for can be changed there. All else is kept as it came:
    shown in words, asked, and never left out.

    Parameters
    ----------
    blank
        Knows the grammar, and the day on which age is taken by default.

    Raises
    ------
    InputError
        If the selection would ask something else after all.
    """
    grammar, population = blank.grammar, question.population
    age = population.age
    ours = age is not None and _on_the_menu(age.minimum, age.maximum, age.at, blank)
    kept = {name: part for name, part in population if part is not None}
    kept.pop("sex", None)
    if ours:
        del kept["age"]
    chosen = Selection(
        grammar=grammar,
        age_on=age.at if ours and age and isinstance(age.at, date) else blank.age_on,
        sex=population.sex,
        age_from=age.minimum if ours and age else None,
        age_to=age.maximum if ours and age else None,
        age_at_index=bool(ours and age and age.at == "index"),
        index=_index(question.index, grammar) if question.index else None,
        criteria=tuple(_criterion(one, grammar) for one in question.criteria),
        variables=question.variables,
        population=Population(**kept),
        variable_windows=question.variable_windows,
        index_rule=question.index_rule,
        index_observed=question.index_observed,
    )
    if chosen.question() != question:
        raise InputError(
            "This page would change what is asked, so nothing was taken over: ask it"
            " from a notebook or the command line."
        )
    return chosen


def _on_the_menu(
    first: int | None, last: int | None, at: object, blank: Selection
) -> bool:
    ends = first in {None, *blank.grammar.ages} and last in {None, *blank.ages_to}
    return ends and (not isinstance(at, date) or (at.month, at.day) == (1, 1))


def _index(index: EventCriterion, grammar: Grammar) -> Chosen:
    chosen = _criterion(index, grammar)
    plain = isinstance(chosen, ChosenCriterion) and len(chosen.systems) == 1
    return chosen if plain else KeptCriterion(index)


def _criterion(criterion: Criterion, grammar: Grammar) -> Chosen:
    """Return a criterion as chosen, if that asks the very same; else as it came."""
    try:
        chosen = _chosen(criterion)
        if chosen.value:
            checked_value(chosen.value, grammar)
        if chosen.window:
            checked_window(chosen.window, grammar)
        same = chosen.criterion(grammar) == criterion
    except (KeyError, ValueError):  # a code system or a limit that is on no menu
        same = False
    return chosen if same else KeptCriterion(criterion)


def _chosen(criterion: Criterion) -> ChosenCriterion:
    present = not isinstance(criterion, Not)
    meant = criterion.criterion if isinstance(criterion, Not) else criterion
    parts = meant.criteria if isinstance(meant, AnyOf) else (meant,)
    pairs = [_event(part) for part in parts]
    codes = tuple(code for event, _ in pairs for code in _codes(event))
    if len(codes) > MAXIMUM_CODES:
        raise ValueError("more codes than a row can hold")
    event, window = pairs[0]
    return ChosenCriterion(codes, present, _value(event), window)


def _event(part: Criterion) -> tuple[EventCriterion, Window | None]:
    if isinstance(part, EventCriterion):
        return part, None
    if isinstance(part, Within) and isinstance(part.criterion, EventCriterion):
        return part.criterion, Window(part.from_days, part.to_days)
    raise ValueError("a relation")


def _codes(event: EventCriterion) -> list[ChosenCode]:
    system = event.codes.system or ""
    return [ChosenCode(system, entry.code, entry.code) for entry in event.codes.entries]


def _value(event: EventCriterion) -> ChosenValue | None:
    value = event.value
    if value is None:
        return None
    if isinstance(value, Between):
        return ChosenValue("between", value.lower, value.upper, value.unit)
    operator = one_of(OPERATORS, value.operator)
    return ChosenValue(operator, value.threshold, unit=value.unit)
