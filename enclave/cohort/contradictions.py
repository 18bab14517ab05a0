"""Rules that need nothing but the question: what nobody can ever meet."""

from collections.abc import Iterator, Sequence
from datetime import date

from enclave.cohort.codes import CodeEntry
from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    AtLeastOf,
    Criterion,
    EventCriterion,
    Not,
    Within,
)
from enclave.cohort.mistake import Mistake, error, warning
from enclave.cohort.question import Question


def ages_and_births(question: Question) -> Iterator[Mistake]:
    """Find ages that nobody born in the asked period can have."""
    age, born = question.population.age, question.population.born
    if age is None or born is None or not isinstance(age.at, date):
        return
    path = "population.age"
    if born.start and age.minimum and _age(born.start, age.at) < age.minimum:
        yield error(
            path,
            f"Nobody born since {born.start} is {age.minimum} years old on {age.at}:"
            " change the age, the date or the range of birth dates.",
        )
    if born.end and age.maximum is not None and _age(born.end, age.at) > age.maximum:
        yield error(
            path,
            f"Everybody born by {born.end} is older than {age.maximum} on {age.at}:"
            " change the age, the date or the range of birth dates.",
        )


def before_birth(question: Question) -> Iterator[Mistake]:
    """Find dates that lie before the birth of everybody asked about."""
    born = question.population.born
    if born is None or born.start is None:
        return
    alive = question.population.alive_at
    if isinstance(alive, date) and alive < born.start:
        yield error(
            "population.alive_at",
            f"Nobody born since {born.start} is alive on {alive}: change one of the"
            " dates.",
        )
    for path, event in question.walk():
        if not isinstance(event, EventCriterion) or event.dates is None:
            continue
        if event.dates.end and event.dates.end < born.start:
            yield error(
                f"{path}.dates",
                f"The events end on {event.dates.end}, before anybody of the population"
                f" is born ({born.start}): change one of the dates.",
            )


def criterion_and_its_opposite(question: Question) -> Iterator[Mistake]:
    """Find criteria that are required and ruled out at once."""
    for path, criteria in conjunctions(question):
        required = set(criteria)
        for number, criterion in enumerate(criteria):
            if isinstance(criterion, Not) and criterion.criterion in required:
                yield error(
                    f"{path}[{number}]",
                    "This rules out what another criterion of the same group asks for:"
                    " take one of the two out.",
                )


def index_ruled_out(question: Question) -> Iterator[Mistake]:
    """Find criteria that rule out the index event itself."""
    for number, criterion in enumerate(question.criteria):
        if not isinstance(criterion, Not) or question.index is None:
            continue
        ruled_out = criterion.criterion
        if isinstance(ruled_out, Within):
            holds_day_0 = (ruled_out.from_days or 0) <= 0 <= (ruled_out.to_days or 0)
            ruled_out = ruled_out.criterion if holds_day_0 else criterion
        if ruled_out == question.index:
            yield error(
                f"criteria[{number}]",
                "This rules out the index event itself, so nobody is left: end the"
                " window at day -1 or begin it at day 1.",
            )


def repeated_criteria(question: Question) -> Iterator[Mistake]:
    """Find criteria that stand twice in one group."""
    for path, criteria in _groups(question):
        for number, criterion in enumerate(criteria):
            if criterion in criteria[:number]:
                yield warning(
                    f"{path}[{number}]",
                    "This criterion stands in the group already: take it out, or say"
                    " what should differ.",
                )


def code_entries(question: Question) -> Iterator[Mistake]:
    """Find code lists of which nothing is left, and entries that change nothing."""
    for path, event in question.walk():
        if isinstance(event, EventCriterion):
            yield from _entries(f"{path}.codes.entries", event.codes.entries)


def _entries(path: str, entries: Sequence[CodeEntry]) -> Iterator[Mistake]:
    included = [entry for entry in entries if not entry.exclude]
    excluded = [entry for entry in entries if entry.exclude]
    if all(any(covers(out, entry) for out in excluded) for entry in included):
        yield error(
            path,
            "Every code that is taken in is taken out again: no event is"
            " left. Change the entries that take out.",
        )
    for number, entry in enumerate(entries):
        same_side = excluded if entry.exclude else included
        wider = next((o for o in same_side if o != entry and covers(o, entry)), None)
        if wider is not None:
            yield warning(
                f"{path}[{number}]",
                f"{entry.code} changes nothing, {wider.code} covers it: take it out.",
            )
        elif entry.exclude and not any(
            covers(entry, other) or covers(other, entry) for other in included
        ):
            yield warning(
                f"{path}[{number}]",
                f"{entry.code} takes nothing out, because nothing there was taken in:"
                " remove the entry, or check the code.",
            )


def covers(wide: CodeEntry, narrow: CodeEntry) -> bool:
    """Tell whether every code that one entry means is also meant by the other."""
    if wide.match == "prefix":
        # What is below a code in the vocabulary may be spelt in any way.
        return narrow.match != "descendants" and narrow.code.startswith(wide.code)
    return narrow.match in {"exact", wide.match} and narrow.code == wide.code


def _age(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _groups(question: Question) -> Iterator[tuple[str, tuple[Criterion, ...]]]:
    yield "criteria", question.criteria
    for path, node in question.walk():
        if isinstance(node, AllOf | AnyOf | AtLeastOf):
            yield f"{path}.criteria", node.criteria


def conjunctions(question: Question) -> Iterator[tuple[str, tuple[Criterion, ...]]]:
    """Yield the groups of criteria that must all be met."""
    yield "criteria", question.criteria
    for path, node in question.walk():
        if isinstance(node, AllOf):
            yield f"{path}.criteria", node.criteria
