"""A question from elsewhere is taken over whole: with controls, or as it came."""

from datetime import date

import pytest

from enclave.cohort.question import (
    AgeRange,
    AllOf,
    AnyOf,
    Around,
    AtLeastOf,
    Between,
    CodeEntry,
    CodeList,
    Comparison,
    DateRange,
    During,
    EventCriterion,
    Not,
    Observed,
    Population,
    Question,
    Sequence,
    VariableWindow,
    Within,
    YearRange,
)
from enclave.disclosure.policy import policy
from enclave_widgets.adopting import adopt
from enclave_widgets.chosen import ChosenCode
from enclave_widgets.kept import KeptCriterion, KeptError, kept_in_words
from enclave_widgets.selection import INDEX, Selection


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


KEPT = [
    Question(criteria=(event("DE112"), event(at_least=2))),
    Question(criteria=(AllOf(criteria=(event(), CRP)), event("DI10"))),
    Question(criteria=(Not(criterion=Not(criterion=CRP)),)),
    Question(index=event(), criteria=(AnyOf(criteria=(TIMED, event("DI10"))),)),
    Question(criteria=(AnyOf(criteria=(event(), event("DI10"))),)),
    Question(
        criteria=(
            Around(criterion=CRP, anchor=event(), from_days=-7, to_days=7),
            During(criterion=CRP, anchor=event()),
            Sequence(steps=(event(), CRP), from_days=0, to_days=30),
            AtLeastOf(number=2, criteria=(event(), CRP, event("DI10"))),
            event(pick="first_ever"),
            event("NPU19748", value=Comparison(operator=">", threshold=3.14159)),
        )
    ),
    Question(
        population=Population(
            sex="female",
            birth_year=YearRange(minimum=1950),
            observed=Observed(days_before=365, days_after=0),
            age=AgeRange(minimum=33, at=date(2020, 6, 15)),
        ),
        index=event(dates=DateRange(start=date(2015, 1, 1))),
        variables=("lab.value", "person.sex"),
        variable_windows=(
            VariableWindow(variable="lab.value", from_days=-30, to_days=0),
        ),
    ),
]


@pytest.mark.parametrize("question", KEPT)
def test_what_has_no_controls_is_kept(question):
    chosen = adopt(question, BLANK)

    assert chosen.question() == question
    assert chosen.question().digest == question.digest


@pytest.mark.parametrize("question", [*KEPT[:5], KEPT[6]])  # the other one is full
def test_what_is_kept_survives_changes_beside_it(question):
    changed = adopt(question, BLANK).with_sex("male")

    back = changed.with_sex(question.population.sex)

    assert changed.question().population.sex == "male"
    assert back.question() == question


def test_the_index_event_stays_while_something_kept_counts_from_it():
    chosen = adopt(KEPT[-1], BLANK)

    with pytest.raises(KeptError):
        chosen.without(INDEX)

    assert chosen.without_kept().without(INDEX).question().index is None


@pytest.mark.parametrize(
    "change",
    [
        lambda now: now.with_presence(0, present=False),
        lambda now: now.without_code(0, 0),
        lambda now: now.with_alternative(0, ChosenCode("SKS", "DI10", "")),
        lambda now: now.with_window(0, None),
        lambda now: now.with_value(0, None),
    ],
)
def test_no_control_changes_what_is_kept(change):
    with pytest.raises(KeptError):
        change(adopt(KEPT[1], BLANK))


def test_what_is_kept_can_be_moved_and_taken_out():
    chosen = adopt(KEPT[1], BLANK)

    assert chosen.moved(0, 1).question().criteria == KEPT[1].criteria[::-1]
    assert chosen.without(0).question().criteria == KEPT[1].criteria[1:]
    assert not chosen.has_values(0)


def test_a_question_with_too_many_parts_may_only_become_smaller():
    many = Question(criteria=tuple(event(f"DI1{n}") for n in range(9)))
    chosen = adopt(many, BLANK)

    with pytest.raises(ValueError, match="too many parts"):
        chosen.with_sex("male")

    assert len(chosen.without(0).question().criteria) == 8


@pytest.mark.parametrize("kept", KEPT[5].criteria)
@pytest.mark.parametrize("language", ["en", "da"])
def test_what_is_kept_is_said_in_words(kept, language):
    said = kept_in_words(KeptCriterion(kept), language, index=False)

    assert said[0].isupper()
    assert said.endswith(".")
    codes = {c for c in ("DE11", "NPU19748", "DI10") if c in kept.model_dump_json()}
    assert all(code in said for code in codes)
