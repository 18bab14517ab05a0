"""A question from elsewhere is taken over whole, or refused with the reason."""

from datetime import date

import pytest

from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    EventCriterion,
    Not,
    Population,
    Question,
    Within,
)
from enclave.disclosure.policy import policy
from enclave_widgets.adopting import adopt
from enclave_widgets.selection import Selection


BLANK = Selection(policy().grammar, date(2026, 1, 1))


def event(code="DE11", **changes):
    system, match = ("NPU", "exact") if code.startswith("NPU") else ("SKS", "prefix")
    codes = CodeList(system=system, entries=(CodeEntry(code=code, match=match),))
    return EventCriterion(codes=codes, **changes)


CRP = event("NPU19748", value=Comparison(operator=">=", threshold=10, unit="mg/L"))
TIMED = Within(criterion=CRP, from_days=0, to_days=365)
OLD = Population(age=AgeRange(minimum=65, at="index"))


@pytest.mark.parametrize(
    "question",
    [
        Question(),
        Question(population=Population(sex="male")),
        Question(population=OLD, index=event(), criteria=(TIMED, Not(criterion=TIMED))),
        Question(
            population=Population(age=AgeRange(maximum=39, at=date(2019, 1, 1))),
            criteria=(Not(criterion=AnyOf(criteria=(event(), event("NPU27300")))),),
            variables=("lab.value",),
        ),
        Question(
            criteria=(event("NPU19748", value=Between(lower=10, upper=100)), event())
        ),
    ],
)
def test_the_same_question_comes_back(question):
    assert adopt(question, BLANK).question() == question


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (Question(criteria=(event("DE112"),)), "prefixes of 4"),
        (Question(criteria=(event(at_least=2),)), "at least one"),
        (
            Question(criteria=(AllOf(criteria=(event(), CRP)),)),
            r"criteria\[0\]: this page",
        ),
        (Question(criteria=(Not(criterion=Not(criterion=CRP)),)), r"criteria\[0\]"),
        (
            Question(index=event(), criteria=(AnyOf(criteria=(TIMED, event("DI10"))),)),
            r"criteria\[0\]",
        ),
        (Question(criteria=(AnyOf(criteria=(event(), event("DI10"))),)), r"criteria"),
    ],
)
def test_what_cannot_be_shown_is_refused_by_name(question, reason):
    with pytest.raises(ValueError, match=reason):
        adopt(question, BLANK)
