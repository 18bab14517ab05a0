"""Rules about how the parts of a question fit: what nobody meets, what says nothing.

They need nothing but the question.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from math import inf

from enclave.cohort.codes import CodeEntry
from enclave.cohort.contradictions import conjunctions, covers
from enclave.cohort.criteria import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    EventCriterion,
    Not,
    Within,
)
from enclave.cohort.criteria import Sequence as Steps
from enclave.cohort.mistake import Mistake, error, warning
from enclave.cohort.question import Question
from enclave.cohort.values import Between, Comparison


# SKS and ICD-10 chapters and groups, by their Danish prefixes.
_OF_WOMEN = ("DO", "DC51", "DC52", "DC53", "DC54", "DC55", "DC56", "DC57", "DC58")
_OF_MEN = ("DC60", "DC61", "DC62", "DC63", "DN40", "DN41")
_ONLY_OF = {"male": ("women", _OF_WOMEN), "female": ("men", _OF_MEN)}


def asks_for_everybody(question: Question) -> Iterator[Mistake]:
    """Find questions that restrict nothing."""
    if question == Question().model_copy(
        update={
            "variables": question.variables,
            "variable_windows": question.variable_windows,
        }
    ):
        yield warning(
            "criteria",
            "The question asks for everybody in the warehouse: add a criterion, or"
            " restrict the population.",
        )


def windows_and_dates(question: Question) -> Iterator[Mistake]:
    """Find windows round the index event that never reach the dates asked for."""
    if question.index is None or question.index.dates is None:
        return
    index = question.index.dates
    for path, node in question.walk():
        if not isinstance(node, Within) or node.criterion.dates is None:
            continue
        asked = node.criterion.dates
        until, since = (index.start, asked.end), (index.end, asked.start)
        if _days(*until) < _or(node.from_days, -inf):
            yield error(path, _never(f"end on {asked.end}"))
        if _days(*since, unknown=-inf) > _or(node.to_days, inf):
            yield error(path, _never(f"begin on {asked.start}"))


def _days(start: date | None, end: date | None, unknown: float = inf) -> float:
    return unknown if start is None or end is None else (end - start).days


def _or(days: int | None, unbounded: float) -> float:
    return unbounded if days is None else days


def _never(when: str) -> str:
    return (
        f"The events {when}, and no index event lies so that its window reaches them:"
        " change the window or one of the periods."
    )


def subsumed_criteria(question: Question) -> Iterator[Mistake]:
    """Find criteria that everybody meets who meets another of the same group."""
    for path, criteria in conjunctions(question):
        for number, wide in enumerate(criteria):
            if any(
                narrow != wide
                and isinstance(narrow, EventCriterion)
                and isinstance(wide, EventCriterion)
                and _implies(narrow, wide)
                for narrow in criteria
            ):
                yield warning(
                    f"{path}[{number}]",
                    "Whoever meets another criterion of this group meets this one too:"
                    " take it out, or say what should differ.",
                )


def _implies(narrow: EventCriterion, wide: EventCriterion) -> bool:
    """Whether every event that one means is also meant by the other."""
    if narrow.codes.system != wide.codes.system:
        return False
    free = wide.model_copy(
        update={"codes": narrow.codes, "at_least": 1, "at_least_days": None}
    )
    same = narrow.model_copy(update={"at_least": 1, "at_least_days": None})
    as_often = narrow.at_least >= wide.at_least and (narrow.at_least_days or 1) >= (
        wide.at_least_days or 1
    )
    return as_often and same == free and _narrower(narrow, wide)


def _narrower(narrow: EventCriterion, wide: EventCriterion) -> bool:
    if any(entry.exclude for entry in wide.codes.entries) or narrow.pick is not None:
        return narrow.codes.entries == wide.codes.entries
    return all(
        entry.exclude or any(covers(other, entry) for other in wide.codes.entries)
        for entry in narrow.codes.entries
    )


def groups_of_one(question: Question) -> Iterator[Mistake]:
    """Find groups that say no more than the one criterion in them."""
    for path, node in question.walk():
        if isinstance(node, AllOf | AnyOf | AtLeastOf) and len(node.criteria) == 1:
            yield warning(
                path,
                "This group holds one criterion: put the criterion in its place.",
            )


def numbers_of_groups(question: Question) -> Iterator[Mistake]:
    """Find at_least_of that means all or any."""
    for path, node in question.walk():
        if not isinstance(node, AtLeastOf) or len(node.criteria) == 1:
            continue
        if node.number in {1, len(node.criteria)}:
            kind = "any_of" if node.number == 1 else "all_of"
            yield warning(
                path,
                f"At least {node.number} of {len(node.criteria)} means {kind}: write"
                " that, or change the number.",
            )


def double_negations(question: Question) -> Iterator[Mistake]:
    """Find a not inside a not."""
    for path, node in question.walk():
        if isinstance(node, Not) and isinstance(node.criterion, Not):
            yield warning(
                path,
                "A not of a not says what stands inside both: take both away.",
            )


def own_anchor(question: Question) -> Iterator[Mistake]:
    """Find windows in which the other event finds itself."""
    for path, node in question.walk():
        if isinstance(node, Around) and node.criterion == node.anchor:
            if (node.from_days or 0) <= 0 <= (node.to_days or 0):
                yield warning(
                    path,
                    "Each event lies in its own window, so one is enough: begin the"
                    " window at day 1, or end it at day -1, to ask for another.",
                )
        elif isinstance(node, Steps) and node.from_days == 0:
            for number, pair in enumerate(
                zip(node.steps, node.steps[1:], strict=False)
            ):
                if pair[0] == pair[1]:
                    yield warning(
                        f"{path}.steps[{number + 1}]",
                        "One event can be this step and the one before: set from_days"
                        " to 1 to ask for another.",
                    )


def codes_of_the_other_sex(question: Question) -> Iterator[Mistake]:
    """Find diagnoses that only the other sex can have."""
    if question.population.sex is None:
        return
    whose, prefixes = _ONLY_OF[question.population.sex]
    for path, event in question.walk():
        if not isinstance(event, EventCriterion) or event.codes.system != "SKS":
            continue
        for number, entry in enumerate(event.codes.entries):
            if not entry.exclude and entry.code.startswith(prefixes):
                yield warning(
                    f"{path}.codes.entries[{number}]",
                    f"{entry.code} is a diagnosis of {whose}: check the sex or the"
                    " code.",
                )


def wide_prefixes(question: Question) -> Iterator[Mistake]:
    """Find prefixes that take in whole chapters."""
    for path, event in question.walk():
        if not isinstance(event, EventCriterion):
            continue
        for number, entry in enumerate(event.codes.entries):
            if _takes_in_a_chapter(entry):
                yield warning(
                    f"{path}.codes.entries[{number}]",
                    f"Every code that begins with {entry.code} is meant, which is a"
                    " whole chapter or more: check that no character is missing.",
                )


def _takes_in_a_chapter(entry: CodeEntry) -> bool:
    return entry.match == "prefix" and not entry.exclude and len(entry.code) == 1


def implausible_values(question: Question) -> Iterator[Mistake]:
    """Find numbers that no value in the unit can have."""
    for path, event in question.walk():
        if not isinstance(event, EventCriterion) or event.value is None:
            continue
        unit, numbers = event.value.unit, _numbers(event.value)
        if unit is not None and "/" in unit and min(numbers) < 0:
            yield warning(
                f"{path}.value",
                f"No value in {unit} is below 0: check the number and the unit.",
            )
        elif unit == "%" and max(numbers) > 100:
            yield warning(
                f"{path}.value",
                "A share above 100 % is rare: check the number and the unit.",
            )


def _numbers(value: Comparison | Between) -> Sequence[float]:
    if isinstance(value, Between):
        return value.lower, value.upper
    return (value.threshold,)


def years_and_births(question: Question) -> Iterator[Mistake]:
    """Find birth years outside the birth dates."""
    years, born = question.population.birth_year, question.population.born
    if years is None or born is None:
        return
    too_late = years.minimum and born.end and years.minimum > born.end.year
    too_early = years.maximum and born.start and years.maximum < born.start.year
    if too_late or too_early:
        yield error(
            "population.birth_year",
            "Nobody is born on these days and in these years: give one of the two.",
        )
