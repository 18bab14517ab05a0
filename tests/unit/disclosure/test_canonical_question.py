"""The same question in other words is the same question."""

from datetime import date

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.disclosure.canonical_question import canonical_form, question_id
from tests.builders.disclosure import (
    SECRET,
    all_of,
    any_of,
    but_not,
    event,
    lab,
    period,
    question,
    within,
)


A, B, C = event("DE11"), event("DE10"), event("DI21")
X, Y = event("DK70"), event("J01CA", system="ATC")
YEAR_19 = period(date(2019, 1, 1), date(2019, 12, 31))
YEAR_20 = period(date(2020, 1, 1), date(2020, 12, 31))
BOTH = period(date(2019, 1, 1), date(2020, 12, 31))

SAME = {
    "order": ([A, C], [C, A]),
    "nesting": ([A, C, X], [all_of(A, all_of(C, X))]),
    "doubles": ([A], [A, A, all_of(A), any_of(A)]),
    "double negation": ([A], [but_not(but_not(A))]),
    "De Morgan": ([but_not(any_of(A, C))], [but_not(A), but_not(C)]),
    "De Morgan, the other way": (
        [but_not(all_of(A, C))],
        [any_of(but_not(A), but_not(C))],
    ),
    "absorption": ([A], [A, any_of(A, C)]),
    "tautology beside it": ([A], [A, any_of(C, but_not(C))]),
    "contradiction as an alternative": ([A], [any_of(A, all_of(C, but_not(C)))]),
    "cases": ([A], [any_of(all_of(A, C), all_of(A, but_not(C)))]),
    "distribution": (
        [any_of(all_of(A, C), all_of(A, X))],
        [A, any_of(C, X)],
    ),
    "a code list in two": ([event("DE10", "DE11")], [any_of(A, B)]),
    "a code list in three, nested": (
        [event("DE10", "DE11", "DE13")],
        [any_of(any_of(A, B), event("DE13", "DE10"))],
    ),
    "neither of two codes": (
        [but_not(event("DE10", "DE11"))],
        [but_not(A), but_not(B)],
    ),
    "a wider list beside it": ([A], [A, event("DE10", "DE11")]),
    "a narrower list as an alternative": (
        [event("DE10", "DE11")],
        [any_of(event("DE10", "DE11"), A)],
    ),
    "a wider limit beside it": (
        [lab(threshold=10.0)],
        [lab(threshold=10.0), lab(threshold=5.0)],
    ),
    "a result beside its test": ([lab()], [lab(), event("NPU19748", system="NPU")]),
    "neighbouring periods": (
        [event(dates=BOTH)],
        [any_of(event(dates=YEAR_19), event(dates=YEAR_20))],
    ),
    "all of time in two": (
        [A],
        [
            any_of(
                event(dates=period(None, date(2019, 12, 31))),
                event(dates=period(date(2020, 1, 1), None)),
            )
        ],
    ),
}

SAME_FROM_INDEX = {
    "the index event itself": ([C], [C, A]),
    "the index event on its own day": ([C], [C, within(A, -30, 30)]),
    "no index event before the first": ([C], [C, but_not(within(A, -365, -1))]),
    "a wider list than the index": ([C], [C, any_of(A, B)]),
    "before the first is nothing": (
        [within(A, 1, 90)],
        [any_of(within(A, 1, 90), within(A, None, -1))],
    ),
    "neighbouring windows": (
        [within(X, 0, 180)],
        [any_of(within(X, 0, 90), within(X, 90, 180))],
    ),
    "before or after is whenever": (
        [X],
        [any_of(within(X, None, -1), within(X, 0, None))],
    ),
    "a wider window beside it": (
        [within(X, 0, 90)],
        [within(X, 0, 90), within(X, -30, 180), X],
    ),
}

DIFFERENT = {
    "and, or": ([A, C], [any_of(A, C)]),
    "not": ([A], [but_not(A)]),
    "code": ([A], [B]),
    "match": (
        [event("NPU19748", system="NPU")],
        [EventCriterion(codes=CodeList.of("NPU", "NPU19748*"))],
    ),
    "system": ([event("E11", system="ICD10")], [event("E11", system="OMOP")]),
    "limit": ([lab(threshold=10.0)], [lab(threshold=20.0)]),
    "operator": ([lab(operator="<")], [lab(operator=">=")]),
    "period": ([event(dates=YEAR_19)], [event(dates=YEAR_20)]),
    "a period with a gap": (
        [event(dates=period(date(2018, 1, 1), date(2020, 12, 31)))],
        [
            any_of(
                event(dates=period(date(2018, 1, 1), date(2018, 12, 31))),
                event(dates=YEAR_20),
            )
        ],
    ),
    "both codes": ([event("DE10", "DE11")], [A, B]),
    "a result is below 5 or at least 5": (
        [event("NPU19748", system="NPU")],
        [any_of(lab(operator="<", threshold=5.0), lab(operator=">=", threshold=5.0))],
    ),
}


def _id(*criteria, snapshot=1, **fields):
    return question_id(canonical_form(question(*criteria, **fields)), snapshot, SECRET)


@pytest.mark.parametrize("name", SAME)
def test_other_words_are_the_same_question(name: str):
    one, other = SAME[name]

    assert canonical_form(question(*one)) == canonical_form(question(*other))
    assert _id(*one, sex="female") == _id(*other, sex="female")


@pytest.mark.parametrize("name", [*SAME, *SAME_FROM_INDEX])
def test_the_index_event_changes_nothing_about_that(name: str):
    one, other = (SAME | SAME_FROM_INDEX)[name]
    index = A if name in SAME_FROM_INDEX else event("DZ94")

    assert canonical_form(question(*one, index=index)) == canonical_form(
        question(*other, index=index)
    )


@pytest.mark.parametrize("name", DIFFERENT)
def test_another_meaning_is_another_question(name: str):
    one, other = DIFFERENT[name]

    assert _id(*one) != _id(*other)


def test_population_index_and_snapshot_belong_to_the_question():
    ids = [
        _id(A),
        _id(A, sex="male"),
        _id(A, age={"minimum": 20, "at": date(2020, 1, 1)}),
        _id(A, age={"minimum": 25, "at": date(2020, 1, 1)}),
        _id(A, alive_at=date(2020, 1, 1)),
        _id(A, index=C),
        _id(C, index=A),
        _id(A, snapshot=2),
    ]

    assert len(set(ids)) == len(ids)


def test_names_and_variables_change_no_count_and_no_id():
    named = A.codes.model_copy(update={"name": "Type 2 diabetes", "version": "3"})
    other = Question(
        criteria=(EventCriterion(codes=named),), variables=("lab.value", "person.sex")
    )

    assert canonical_form(other) == canonical_form(question(A))


def test_the_id_is_keyed():
    form = canonical_form(question(A))

    assert question_id(form, 1, SECRET) != question_id(form, 1, bytes(32))
    assert len(question_id(form, 1, SECRET)) == 64


def test_what_nobody_can_meet_is_one_question():
    nobody = canonical_form(question(A, but_not(A)))

    assert nobody == canonical_form(question(C, X, but_not(all_of(X, C))))
    assert nobody["answers"] == "0"


def test_outside_the_grammar_there_is_no_form():
    with pytest.raises(ValueError, match="open grammar"):
        canonical_form(question(event(at_least=2)))


def test_codes_that_act_as_one_become_one():
    criteria = [
        event(code) for code in ("DA41", "DB20", "DC91", "DD80", "DE11", "DI21")
    ]

    form = canonical_form(question(any_of(*criteria[:3]), *criteria[3:]))

    assert len(form["atoms"]) == 4
