"""Questions of the open grammar, askers, and a gate, with only what matters named."""

from datetime import UTC, datetime, timedelta

from pyroaring import BitMap

from enclave.cohort.question import (
    AllOf,
    AnyOf,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from enclave.disclosure.budget import Asker
from enclave.disclosure.gate import Gate
from enclave.disclosure.policy import policy
from enclave.store.database import Database


SECRET = bytes(range(32))
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def event(*codes, system="SKS", **fields):
    """An event criterion; codes default to the prefix level of SKS."""
    marked = [f"{code}*" if system in {"SKS", "ATC"} else code for code in codes]
    return EventCriterion(codes=CodeList.of(system, *(marked or ["DE11*"])), **fields)


def lab(code="NPU19748", operator=">=", threshold=10.0, **fields):
    value = Comparison(operator=operator, threshold=threshold)
    return event(code, system="NPU", value=value, **fields)


def within(criterion, start, end):
    return Within(criterion=criterion, from_days=start, to_days=end)


def all_of(*criteria):
    return AllOf(criteria=criteria)


def any_of(*criteria):
    return AnyOf(criteria=criteria)


def but_not(criterion):
    return Not(criterion=criterion)


def period(start, end):
    return DateRange(start=start, end=end)


def question(*criteria, index=None, **population):
    return Question(population=Population(**population), index=index, criteria=criteria)


def asker(account="rikke", organisation="Rigshospitalet"):
    return Asker(account, organisation)


def rules(**changes):
    """The policy in force, with some rules changed and checked again."""
    return type(policy()).model_validate({**policy().model_dump(), **changes})


def a_gate(database: Database, **changes):
    return Gate(database, rules(**changes), SECRET)


class Clock:
    """A clock that moves when told to."""

    def __init__(self, start=START):
        self.time = start

    def __call__(self):
        return self.time

    def forward(self, **delta):
        self.time += timedelta(**delta)


def somebody(persons, asked):
    """Return so many persons, whom no other question shares."""
    start = int(asked.digest[:8], 16)
    return BitMap(number % 2**32 for number in range(start, start + persons))


class Counting:
    """A counter that finds a number of persons, and remembers what it was asked."""

    def __init__(self, persons=500):
        self.persons = persons
        self.asked = []

    def __call__(self, asked):
        self.asked.append(asked)
        return somebody(self.persons, asked)
