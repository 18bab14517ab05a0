"""Every rule on a question that breaks it, and on one that only nearly does."""

import pytest

from enclave.cohort import relation_rules as rules
from enclave.cohort.question import (
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Between,
    CodeList,
    Comparison,
    DateRange,
    EventCriterion,
    Not,
    Population,
    Question,
    Sequence,
    Within,
    YearRange,
)


def event(*patterns, system="SKS", **fields):
    return EventCriterion(codes=CodeList.of(system, *patterns or ("DE11*",)), **fields)


A, B = event("DA1*"), event("DB1*")


def asking(*criteria, **fields):
    return Question(criteria=criteria, **fields)


def since(year, **fields):
    return event(dates=DateRange(start=f"{year}-01-01"), **fields)


def until(year):
    return event(dates=DateRange(end=f"{year}-12-31"))


def within(criterion, from_days, to_days):
    return Within(criterion=criterion, from_days=from_days, to_days=to_days)


def around(from_days, to_days, anchor=A):
    return Around(criterion=A, anchor=anchor, from_days=from_days, to_days=to_days)


def above(number, unit):
    return Comparison(operator=">", threshold=number, unit=unit)


def born(years, **dates):
    return asking(
        population=Population(birth_year=YearRange(**years), born=DateRange(**dates))
    )


BROKEN = [
    (rules.asks_for_everybody, Question(variables=("lab.value",)), "criteria"),
    (
        rules.windows_and_dates,
        asking(within(until(2014), 1, 30), index=since(2015)),
        "criteria[0]",
    ),
    (
        rules.windows_and_dates,
        asking(within(since(2016), None, 0), index=until(2014)),
        "criteria[0]",
    ),
    (rules.subsumed_criteria, asking(event("DE1*"), event("DE11*")), "criteria[0]"),
    (
        rules.subsumed_criteria,
        asking(AllOf(criteria=(event("DE11*", at_least=3), event("DE11*")))),
        "criteria[0].criteria[1]",
    ),
    (rules.groups_of_one, asking(AnyOf(criteria=(A,))), "criteria[0]"),
    (
        rules.groups_of_one,
        asking(Not(criterion=AtLeastOf(number=1, criteria=(A,)))),
        "criteria[0].criterion",
    ),
    (
        rules.numbers_of_groups,
        asking(AtLeastOf(number=1, criteria=(A, B))),
        "criteria[0]",
    ),
    (
        rules.numbers_of_groups,
        asking(AtLeastOf(number=2, criteria=(A, B))),
        "criteria[0]",
    ),
    (
        rules.double_negations,
        asking(Not(criterion=Not(criterion=A))),
        "criteria[0]",
    ),
    (rules.own_anchor, asking(around(0, 30)), "criteria[0]"),
    (
        rules.own_anchor,
        asking(Sequence(steps=(B, A, A), from_days=0)),
        "criteria[0].steps[2]",
    ),
    (
        rules.codes_of_the_other_sex,
        asking(event("DE11", "DO800"), population=Population(sex="male")),
        "criteria[0].codes.entries[1]",
    ),
    (
        rules.codes_of_the_other_sex,
        asking(event("DC61*"), population=Population(sex="female")),
        "criteria[0].codes.entries[0]",
    ),
    (rules.wide_prefixes, asking(event("D*")), "criteria[0].codes.entries[0]"),
    (
        rules.implausible_values,
        asking(event(value=above(-1, "mmol/L"))),
        "criteria[0].value",
    ),
    (
        rules.implausible_values,
        asking(event(value=Between(lower=1, upper=101, unit="%"))),
        "criteria[0].value",
    ),
    (
        rules.years_and_births,
        born({"minimum": 1951}, end="1950-12-31"),
        "population.birth_year",
    ),
    (
        rules.years_and_births,
        born({"maximum": 1949}, start="1950-01-01"),
        "population.birth_year",
    ),
]
SOUND = [
    (rules.asks_for_everybody, asking(A)),
    (rules.windows_and_dates, asking(within(until(2014), -1, 30), index=since(2015))),
    (rules.windows_and_dates, asking(within(until(2014), None, 30), index=since(2015))),
    (rules.windows_and_dates, asking(within(since(2015), 1, 1), index=until(2014))),
    (rules.windows_and_dates, asking(within(A, 1, 1), index=until(2014))),
    (rules.subsumed_criteria, asking(event("DE11*"), event("DE12*"))),
    (rules.subsumed_criteria, asking(event("DE1*", at_least=2), event("DE11*"))),
    (rules.subsumed_criteria, asking(event("DE1*", "!DE115"), event("DE11*"))),
    (
        rules.subsumed_criteria,
        asking(event("DE1*", pick="last"), event("DE11*", pick="last")),
    ),
    (rules.subsumed_criteria, asking(event("DE1*"), event("DE1*", system="ICD"))),
    (rules.groups_of_one, asking(AnyOf(criteria=(A, B)))),
    (rules.numbers_of_groups, asking(AtLeastOf(number=2, criteria=(A, B, A)))),
    (rules.double_negations, asking(Not(criterion=AllOf(criteria=(A, B))))),
    (rules.own_anchor, asking(around(1, 30))),
    (rules.own_anchor, asking(around(0, 30, anchor=B))),
    (rules.own_anchor, asking(Sequence(steps=(A, A), from_days=1))),
    (
        rules.codes_of_the_other_sex,
        asking(event("DO800"), population=Population(sex="female")),
    ),
    (rules.codes_of_the_other_sex, asking(event("DO800"))),
    (rules.wide_prefixes, asking(event("DE*", "D"))),
    (rules.implausible_values, asking(event(value=above(-1, "°C")))),
    (rules.implausible_values, asking(event(value=above(100, "%")))),
    (rules.years_and_births, born({"minimum": 1950}, end="1950-12-31")),
]


@pytest.mark.parametrize(("rule", "question", "path"), BROKEN)
def test_what_breaks_a_rule_is_found_where_it_is(rule, question, path):
    assert [each.path for each in rule(question)] == [path]


@pytest.mark.parametrize(("rule", "question"), SOUND)
def test_what_nearly_breaks_a_rule_passes(rule, question):
    assert list(rule(question)) == []
