"""What may be asked, rule by rule, each at its edge."""

import inspect
from datetime import date

import pytest

from enclave.cohort.question import Between, CodeList, Comparison, EventCriterion
from enclave.disclosure import grammar
from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from tests.builders.disclosure import (
    all_of,
    any_of,
    but_not,
    event,
    lab,
    period,
    question,
    within,
)


A = event("DE11")
JANUARY = date(2026, 1, 1)


def _value(condition):
    codes = CodeList.of("NPU", "NPU19748")
    return question(EventCriterion(codes=codes, value=condition))


def _codes(system, *patterns):
    return question(EventCriterion(codes=CodeList.of(system, *patterns)))


MAY_BE_ASKED = {
    "everybody": question(),
    "sex": question(sex="female"),
    "adults": question(age={"minimum": 18, "at": JANUARY}),
    "an age band": question(age={"minimum": 40, "maximum": 44, "at": JANUARY}),
    "children": question(age={"maximum": 4, "at": JANUARY}),
    "the oldest": question(age={"minimum": 90, "at": JANUARY}),
    "age at index": question(index=A, age={"minimum": 65, "at": "index"}),
    "alive": question(alive_at=date(2026, 7, 1)),
    "alive at index": question(index=A, alive_at="index"),
    "a category": _codes("SKS", "DE11*", "DE10*"),
    "a subgroup": _codes("ATC", "J01CA*"),
    "a test": _codes("NPU", "NPU19748"),
    "a limit": question(lab(operator="<", threshold=0.5)),
    "a range": _value(Between(lower=18.5, upper=25)),
    "quarters": question(event(dates=period(date(2019, 4, 1), date(2020, 9, 30)))),
    "since": question(event(dates=period(date(2019, 10, 1), None))),
    "until": question(event(dates=period(None, date(2019, 12, 31)))),
    "a window": question(within(A, 0, 90), index=A),
    "a window after the day": question(within(A, 1, 30), index=A),
    "ever before": question(within(A, None, -1), index=A),
    "six": question(A, lab(), index=A, sex="male", age={"maximum": 64, "at": "index"}),
    "three levels": question(any_of(all_of(but_not(within(A, 0, 90)), A), A), index=A),
}

TOO_FINE = {
    "a birthday": (question(born=period(None, JANUARY)), "dates of birth"),
    "an age": (question(age={"minimum": 42, "at": JANUARY}), "minimum age"),
    "an age above": (question(age={"maximum": 45, "at": JANUARY}), "maximum age"),
    "very old": (question(age={"minimum": 95, "at": JANUARY}), "minimum age"),
    "newborn or older": (question(age={"minimum": 0, "at": JANUARY}), "minimum age"),
    "age on a day": (
        question(age={"minimum": 40, "at": date(2026, 1, 2)}),
        "1 January",
    ),
    "alive on a day": (question(alive_at=date(2026, 2, 1)), "quarter"),
    "a subcategory": (_codes("SKS", "DE112*"), "prefixes of 4"),
    "a chapter": (_codes("SKS", "DE*"), "prefixes of 4"),
    "a whole code": (_codes("SKS", "DE11"), "prefixes of 4"),
    "one of them too fine": (_codes("SKS", "DE10*", "DE112*"), "prefixes of 4"),
    "a prefix of tests": (_codes("NPU", "NPU1*"), "no levels"),
    "an exclusion": (_codes("SKS", "DE11*", "!DE112"), "take single codes out"),
    "another system": (_codes("LOCAL", "X"), "code systems"),
    "a table": (question(event("DE11", table="diagnosis")), "a table beside it"),
    "several": (question(event("DE11", at_least=2)), "number of events"),
    "any number": (question(lab(threshold=37.0)), "compare a value"),
    "exactly": (question(lab(operator="=", threshold=5.0)), "compare a value"),
    "at most": (question(lab(operator="<=", threshold=5.0)), "compare a value"),
    "above": (question(lab(operator=">", threshold=5.0)), "compare a value"),
    "a fine range": (_value(Between(lower=5, upper=5.1)), "compare a value"),
    "a point": (_value(Between(lower=5, upper=5)), "compare a value"),
    "a day": (question(event(dates=period(JANUARY, JANUARY))), "whole quarters"),
    "two months": (
        question(event(dates=period(JANUARY, date(2026, 2, 28)))),
        "whole quarters",
    ),
    "from the middle": (
        question(event(dates=period(date(2026, 2, 1), None))),
        "whole quarters",
    ),
    "a window of its own": (question(within(A, 0, 91), index=A), "one of the days"),
    "a short window": (question(within(A, -1, 1), index=A), "at least 30 days"),
    "one day": (question(within(A, 0, 0), index=A), "at least 30 days"),
    "seven": (question(A, A, A, A, A, A, A), "7 criteria"),
    "seven with the index": (
        question(A, A, A, A, index=A, sex="male", alive_at="index"),
        "7",
    ),
    "four levels": (
        question(any_of(all_of(but_not(but_not(within(A, 0, 90))))), index=A),
        "4 levels",
    ),
}


@pytest.mark.parametrize("name", MAY_BE_ASKED)
def test_may_be_asked(name: str):
    assert refusals(MAY_BE_ASKED[name], policy().grammar) == []


@pytest.mark.parametrize("name", TOO_FINE)
def test_too_fine(name: str):
    asked, complaint = TOO_FINE[name]

    [reason] = refusals(asked, policy().grammar)

    assert complaint in reason


def test_codes_of_whatever_system_are_refused():
    codes = CodeList.of(None, "DE11*")
    asked = question(EventCriterion(codes=codes, table="diagnosis"))

    assert any("code systems" in it for it in refusals(asked, policy().grammar))


def test_the_reason_says_where():
    asked = question(A, any_of(A, but_not(event("DE112"))))

    [reason] = refusals(asked, policy().grammar)

    assert reason.startswith("criteria[1].criteria[1].criterion: ")


def test_all_reasons_are_given_at_once():
    asked = question(
        lab(threshold=37.0), event("DE112"), born=period(JANUARY, None), sex="male"
    )

    assert len(refusals(asked, policy().grammar)) == 3


def test_both_ends_of_a_comparison_are_checked():
    for lower, upper in ((5, 11.7), (4.2, 9)):
        [reason] = refusals(_value(Between(lower=lower, upper=upper)), policy().grammar)
        assert "compare a value" in reason


def test_unused_operators_stay_refused():
    allowed = {
        operator
        for operator in ("<", "<=", ">", ">=", "=")
        if not refusals(
            _value(Comparison(operator=operator, threshold=5)), policy().grammar
        )
    }

    assert allowed == {"<", ">="}


def test_a_refusal_cannot_depend_on_data():
    # It has the question and the rules, and no way to a snapshot, session or count.
    assert list(inspect.signature(refusals).parameters) == ["question", "grammar"]
    assert not {"database", "snapshot", "count"} & set(vars(grammar))
