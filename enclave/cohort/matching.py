"""Which rows of the view ``events`` a criterion means, as Ibis expressions.

Everything here is an expression over columns: values of a question reach the engine as
literals of an expression tree, never as text that it parses.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import reduce
from operator import eq, ge, gt, le, lt, or_

from ibis.expr.types import (
    BooleanValue,
    DateValue,
    NumericValue,
    StringValue,
    Table,
)

from enclave.cohort.codes import CodeEntry, CodeList
from enclave.cohort.dates import DateRange
from enclave.cohort.event import Abnormal, EventCriterion
from enclave.cohort.tables import CODE_ANCESTOR
from enclave.cohort.units import converted
from enclave.cohort.values import Between, ValueCondition


_COMPARE = {"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq}

# A result "<4" stands for every number below 4 and meets a condition only if all of
# them do: "< 4" and "< 5" and "<= 4", but never "= 3". Per asked operator: how a
# number written with this operator must lie to the threshold.
_CENSORED = {
    "<": {"<": le, "<=": lt},
    "<=": {"<": le, "<=": le},
    ">": {">": ge, ">=": gt},
    ">=": {">": ge, ">=": ge},
    "=": {},
}


def matching_events(
    events: Table,
    criterion: EventCriterion,
    in_window: Callable[[Table], Table] = lambda rows: rows,
    each: Sequence[str] = ("person",),
) -> Table:
    """Keep the events that a criterion means, whoever had them and however often.

    Parameters
    ----------
    in_window
        Keeps the events of a window. The first or last event is looked for in it, and
        the first or last ever before it.
    each
        What has a first and last event of its own.
    """
    rows = events.filter(_of_kind(events, criterion))
    if criterion.pick in {"first_ever", "last_ever"}:
        rows = _picked(rows, criterion.pick, ["person"])
    if criterion.dates is not None:
        rows = rows.filter(in_range(rows.date, criterion.dates))
    rows = in_window(rows)
    if criterion.pick in {"first", "last"}:
        rows = _picked(rows, criterion.pick, each)
    results = _result(rows, criterion)
    return rows.filter(results) if results else rows


def _of_kind(events: Table, criterion: EventCriterion) -> list[BooleanValue]:
    conditions = [events.date.notnull(), _has_code(events, criterion.codes)]
    if criterion.table is not None:
        conditions.append(events["table"] == criterion.table)
    if criterion.sources is not None:
        conditions.append(events.source.isin(criterion.sources))
    return conditions


def _picked(rows: Table, pick: str, each: Sequence[str]) -> Table:
    """Keep the events of the first or last day: all of them, if there are several."""
    edge = rows.date.min() if pick.startswith("first") else rows.date.max()
    marked = rows.mutate(edge=edge.over(group_by=list(each)))
    return marked.filter(marked.date == marked.edge).drop("edge")


def _result(events: Table, criterion: EventCriterion) -> list[BooleanValue]:
    conditions = []
    if criterion.value is not None:
        conditions.append(_has_value(events, criterion.value))
    if criterion.abnormal is not None:
        conditions.append(_is_abnormal(events, criterion.abnormal))
    return conditions


def in_range(column: DateValue, days: DateRange) -> list[BooleanValue]:
    """Return the conditions for a date to lie in a range, both ends included."""
    conditions = []
    if days.start is not None:
        conditions.append(column >= days.start)
    if days.end is not None:
        conditions.append(column <= days.end)
    return conditions


def _has_code(events: Table, codes: CodeList) -> BooleanValue:
    included = [entry for entry in codes.entries if not entry.exclude]
    excluded = [entry for entry in codes.entries if entry.exclude]
    condition = _in_entries(events, included, codes.system)
    if all(entry.match != "descendants" for entry in included):
        condition &= _between_first_and_last(events.code, included)
    if excluded:
        condition &= ~_in_entries(events, excluded, codes.system)
    if codes.system is not None:
        condition &= events.code_system == codes.system
    return condition


def _in_entries(
    events: Table, entries: Sequence[CodeEntry], system: str | None
) -> BooleanValue:
    # One membership test per length of prefix: a list of five thousand prefixes stays
    # a handful of terms, where one comparison each would nest beyond what engines read.
    codes = defaultdict(list)
    for entry in entries:
        codes[entry.match].append(entry.code)
    by_length = defaultdict(list)
    for code in codes["prefix"]:
        by_length[len(code)].append(code)
    terms = [events.code.left(length).isin(some) for length, some in by_length.items()]
    # A code is below itself, whether or not the vocabulary says so.
    if alone := codes["exact"] + codes["descendants"]:
        terms.append(events.code.isin(alone))
    if codes["descendants"]:
        terms.append(events.code.isin(_below(codes["descendants"], system)))
    return reduce(or_, terms)


def _below(ancestors: Sequence[str], system: str | None) -> StringValue:
    """Return the column of the codes that stand below these."""
    return CODE_ANCESTOR.filter(
        CODE_ANCESTOR.code_system == system,
        CODE_ANCESTOR.ancestor.isin(ancestors),
        CODE_ANCESTOR.code.notnull(),
    ).code


def _between_first_and_last(
    code: StringValue, entries: Sequence[CodeEntry]
) -> BooleanValue:
    # Says nothing new, and lets an engine skip the files and row groups of other codes.
    first = min(entry.code for entry in entries)
    beyond = max(_next(entry.code) for entry in entries)
    return (code >= first) & (code < beyond)


def _next(code: str) -> str:
    """Return a text above every text that begins with the code."""
    return code[:-1] + chr(ord(code[-1]) + 1)


def _has_value(events: Table, value: ValueCondition) -> BooleanValue:
    # NaN is how some sources write "missing"; engines sort it above every number.
    condition = ~events.value.isnan() & _meets(events, value)
    if value.unit is None or value.convert is not None:
        return condition
    return condition & (events.unit == value.unit)


def _meets(events: Table, value: ValueCondition) -> BooleanValue:
    if isinstance(value, Between):
        plain = events.operator.isnull() | (events.operator == "=")
        lower = _in_unit_of(events, value.lower, value)
        return plain & events.value.between(
            lower, _in_unit_of(events, value.upper, value)
        )
    threshold = _in_unit_of(events, value.threshold, value)
    return _compared(events, value.operator, threshold)


def _in_unit_of(
    events: Table, number: float, value: ValueCondition
) -> float | NumericValue:
    """Convert a threshold to the unit of each row; null where there is no way to."""
    if value.unit is None or value.convert is None:
        return number
    return events.unit.cases(*converted(number, value.unit, value.convert).items())


def _is_abnormal(events: Table, abnormal: Abnormal) -> BooleanValue:
    below = ~events.low.isnan() & _compared(events, "<", events.low)
    above = ~events.high.isnan() & _compared(events, ">", events.high)
    outside = {"low": below, "high": above, "low_or_high": below | above}
    return ~events.value.isnan() & outside[abnormal]


def _compared(
    events: Table, operator: str, threshold: float | NumericValue
) -> BooleanValue:
    plain = events.operator.isnull() | (events.operator == "=")
    condition = plain & _COMPARE[operator](events.value, threshold)
    for written, compare in _CENSORED[operator].items():
        condition |= (events.operator == written) & compare(events.value, threshold)
    return condition
