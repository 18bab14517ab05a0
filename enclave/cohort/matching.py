"""Which rows of the view ``events`` a criterion means, as Ibis expressions.

Everything here is an expression over columns: values of a question reach the engine as
literals of an expression tree, never as text that it parses.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from operator import eq, ge, gt, le, lt, or_

from ibis.expr.types import BooleanValue, DateValue, StringValue, Table

from enclave.cohort.codes import CodeEntry, CodeList
from enclave.cohort.criteria import Between, EventCriterion, ValueCondition
from enclave.cohort.dates import DateRange


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


def matching_events(events: Table, criterion: EventCriterion) -> Table:
    """Keep the events that a criterion means, whoever had them and however often."""
    conditions = [
        events.date.notnull(),
        _has_code(events, criterion.codes),
    ]
    if criterion.table is not None:
        conditions.append(events["table"] == criterion.table)
    if criterion.dates is not None:
        conditions.extend(in_range(events.date, criterion.dates))
    if criterion.value is not None:
        conditions.append(_has_value(events, criterion.value))
    return events.filter(conditions)


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
    condition = _between_first_and_last(events.code, included)
    condition &= _in_entries(events.code, included)
    if excluded:
        condition &= ~_in_entries(events.code, excluded)
    if codes.system is not None:
        condition &= events.code_system == codes.system
    return condition


def _in_entries(code: StringValue, entries: Sequence[CodeEntry]) -> BooleanValue:
    # One membership test per length of prefix: a list of five thousand prefixes stays
    # a handful of terms, where one comparison each would nest beyond what engines read.
    exact = [entry.code for entry in entries if entry.match == "exact"]
    prefixes = defaultdict(list)
    for entry in entries:
        if entry.match == "prefix":
            prefixes[len(entry.code)].append(entry.code)
    terms = [code.left(length).isin(some) for length, some in prefixes.items()]
    return reduce(or_, [*terms, code.isin(exact)] if exact else terms)


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
    return condition if value.unit is None else condition & (events.unit == value.unit)


def _meets(events: Table, value: ValueCondition) -> BooleanValue:
    plain = events.operator.isnull() | (events.operator == "=")
    if isinstance(value, Between):
        return plain & events.value.between(value.lower, value.upper)
    condition = plain & _COMPARE[value.operator](events.value, value.threshold)
    for written, compare in _CENSORED[value.operator].items():
        condition |= (events.operator == written) & compare(
            events.value, value.threshold
        )
    return condition
