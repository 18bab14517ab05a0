"""What may be asked without access to data.

A refusal is read off the question alone. If it depended on data ("too few patients have
this code"), being refused would itself be an answer, and a free one.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Between,
    CodeList,
    Criterion,
    DateRange,
    EventCriterion,
    Not,
    Question,
    ValueCondition,
    VariableWindow,
    Within,
)
from enclave.disclosure.known_parts import unknown_parts
from enclave.disclosure.policy import Grammar


def refusals(question: Question, grammar: Grammar) -> list[str]:
    """Say what in a question is too fine for the open tier, and what to ask instead.

    Returns
    -------
    list of str
        One sentence for each thing, with its path in the question; none if the
        question may be asked.
    """
    found = [
        *unknown_parts(question),
        *_shape(question, grammar),
        *_population(question, grammar),
    ]
    for number, window in enumerate(question.variable_windows or ()):
        reasons = _window(window, grammar)
        found += [f"variable_windows[{number}]: {reason}" for reason in reasons]
    for path, node in question.walk():
        if isinstance(node, EventCriterion):
            found += [f"{path}: {reason}" for reason in _event(node, grammar)]
        elif isinstance(node, Within):
            found += [f"{path}: {reason}" for reason in _window(node, grammar)]
    return found


def _shape(question: Question, grammar: Grammar) -> Iterator[str]:
    population = question.population
    parts = (population.sex, population.age, population.born, population.alive_at)
    predicates = sum(part is not None for part in parts) + sum(
        isinstance(node, EventCriterion) for _, node in question.walk()
    )
    if predicates > grammar.predicates:
        yield (
            f"the question has {predicates} criteria, parts of the population and index"
            f" event included, and may have {grammar.predicates}"
        )
    depth = _depth(question.criteria)
    if depth > grammar.depth:
        yield (
            f"all, any and not stand in each other {depth} levels deep, and may stand"
            f" {grammar.depth}: write the question flatter"
        )


def _depth(criteria: Sequence[Criterion]) -> int:
    return max((_levels(criterion) for criterion in criteria), default=0)


def _levels(criterion: Criterion) -> int:
    match criterion:
        case AllOf(criteria=parts) | AnyOf(criteria=parts):
            return 1 + _depth(parts)
        case Not(criterion=part):
            return 1 + _levels(part)
        case _:
            return 0


def _population(question: Question, grammar: Grammar) -> Iterator[str]:
    population = question.population
    if population.age:
        yield from _age(population.age, grammar)
    if population.born:
        yield "population.born: dates of birth are too fine; use an age range"
    if isinstance(population.alive_at, date) and not _starts_quarter(
        population.alive_at
    ):
        yield "population.alive_at: give the first day of a quarter, or the index event"


def _age(age: AgeRange, grammar: Grammar) -> Iterator[str]:
    limits = ", ".join(map(str, grammar.ages))
    if age.minimum is not None and age.minimum not in grammar.ages:
        yield f"population.age: a minimum age is one of {limits}"
    if age.maximum is not None and age.maximum + 1 not in grammar.ages:
        yield f"population.age: a maximum age is one year below one of {limits}"
    if isinstance(age.at, date) and (age.at.month, age.at.day) != (1, 1):
        yield "population.age: give the age on a 1 January, or at the index event"


def _event(event: EventCriterion, grammar: Grammar) -> Iterator[str]:
    yield from code_refusals(event.codes, grammar)
    if event.table is not None:
        yield "name the code system only; a table beside it asks the same thing twice"
    if event.at_least > 1:
        yield "a number of events is too fine; ask for at least one"
    if event.value is not None and not _coarse_value(event.value, grammar):
        yield (
            "compare a value by <, >= or between, with"
            f" {', '.join(f'{step:g}' for step in grammar.value_steps)} times a power"
            " of ten, or with a clinical limit of the policy"
        )
    if event.dates is not None and not _whole_quarters(event.dates):
        yield "a period is whole quarters: 1 January to 31 March, and so on"


def code_refusals(codes: CodeList, grammar: Grammar) -> Iterator[str]:
    """Say what in a code list is too fine for the open tier."""
    level = grammar.code_systems.get(codes.system or "")
    if level is None:
        named = ", ".join(grammar.code_systems)
        yield f"name one of the code systems that may be asked about: {named}"
    elif any(entry.exclude for entry in codes.entries):
        yield "a code list may not take single codes out; leave the exclusions away"
    elif level == "exact" and any(entry.match != "exact" for entry in codes.entries):
        yield f"{codes.system} has no levels: give whole codes, no prefixes"
    elif level != "exact" and any(
        entry.match != "prefix" or len(entry.code) != level for entry in codes.entries
    ):
        yield f"codes of {codes.system} are asked by prefixes of {level} characters"


def _coarse_value(value: ValueCondition, grammar: Grammar) -> bool:
    if isinstance(value, Between):
        ends = grammar.is_cut_point(value.lower), grammar.is_cut_point(value.upper)
        return all(ends) and value.lower < value.upper
    # With <= beside <, the persons at exactly the limit could be told apart.
    return value.operator in {"<", ">="} and grammar.is_cut_point(value.threshold)


def _window(window: Within | VariableWindow, grammar: Grammar) -> Iterator[str]:
    ends = [day for day in (window.from_days, window.to_days) if day is not None]
    if any(day not in grammar.window_days for day in ends):
        menu = ", ".join(map(str, grammar.window_days))
        yield f"a window starts and ends on one of the days {menu}, or is open"
    elif len(ends) == 2 and ends[1] - ends[0] + 1 < grammar.shortest_window_days:
        yield f"a window has at least {grammar.shortest_window_days} days"


def _starts_quarter(day: date) -> bool:
    return day.day == 1 and day.month % 3 == 1


def _whole_quarters(dates: DateRange) -> bool:
    starts = dates.start is None or _starts_quarter(dates.start)
    return starts and (
        dates.end is None or _starts_quarter(dates.end + timedelta(days=1))
    )
