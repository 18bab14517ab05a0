"""Whatever a browser sends, only what may be asked can be chosen."""

from datetime import date

import pytest

from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from enclave_widgets.chosen import (
    ChosenCode,
    ChosenValue,
    Window,
    nearest_limits,
    windows,
)
from enclave_widgets.client import FoundCode
from enclave_widgets.code_search import coarse_codes
from enclave_widgets.selection import INDEX, Selection


GRAMMAR = policy().grammar
NOTHING = Selection(GRAMMAR, date(2026, 1, 1))
DIABETES = ChosenCode("SKS", "DE11", "Type 2 diabetes")
CRP = ChosenCode("NPU", "NPU19748", "C-reactive protein")


def test_nothing_chosen_asks_about_everybody():
    question = NOTHING.question()

    assert question.population.sex is None
    assert question.population.age is None
    assert question.criteria == ()


def test_everything_chosen_is_asked():
    chosen = (
        NOTHING.with_sex("female")
        .with_ages(40, 64)
        .with_criterion(DIABETES)
        .with_criterion(CRP)
        .with_presence(1, present=False)
    )

    question = chosen.question()

    assert question.population.sex == "female"
    age = question.population.age
    assert (age.minimum, age.maximum, age.at) == (40, 64, date(2026, 1, 1))
    has, lacks = question.criteria
    assert [entry.code for entry in has.codes.entries] == ["DE11"]
    assert has.codes.entries[0].match == "prefix"
    assert lacks.kind == "not"
    assert lacks.criterion.codes.entries[0].match == "exact"


def test_whatever_can_be_chosen_may_be_asked():
    for first in (None, *NOTHING.grammar.ages):
        for last in (None, *NOTHING.ages_to):
            if first is None or last is None or first <= last:
                chosen = NOTHING.with_ages(first, last).with_criterion(DIABETES)
                assert refusals(chosen.question(), GRAMMAR) == []


@pytest.mark.parametrize("sex", ["other", "Female", "", 1, ["female"], "female "])
def test_another_sex_cannot_be_chosen(sex):
    with pytest.raises(ValueError, match="no such choice"):
        NOTHING.with_sex(sex)


@pytest.mark.parametrize(
    ("first", "last"), [(42, None), (None, 43), ("40", None), (-5, None), (1e9, None)]
)
def test_another_age_cannot_be_chosen(first, last):
    with pytest.raises(ValueError, match="no such choice"):
        NOTHING.with_ages(first, last)


def test_ages_the_wrong_way_round_are_no_question():
    with pytest.raises(ValueError, match="swap the two"):
        NOTHING.with_ages(50, 39).question()


@pytest.mark.parametrize(
    ("system", "code", "coarse"),
    [
        ("SKS", "DE119", "DE11"),
        ("SKS", "DE11", "DE11"),
        ("SKS", "DE1", None),
        ("ATC", "J01CA04", "J01CA"),
        ("ATC", "J01", None),
        ("NPU", "NPU19748", "NPU19748"),
        ("SHAK", "1301", None),
        ("municipality", "0101", None),
        ("unheard of", "X", None),
        ("NPU", "N" * 101, None),
    ],
)
def test_codes_are_as_coarse_as_they_may_be_asked(system, code, coarse):
    assert NOTHING.coarse(system, code) == coarse


@pytest.mark.parametrize(
    "code",
    [
        ChosenCode("SKS", "DE119", "too fine"),
        ChosenCode("SKS", "DE", "too short"),
        ChosenCode("SHAK", "1301", "a ward"),
    ],
)
def test_another_code_cannot_be_added(code):
    with pytest.raises(ValueError, match="cannot be added"):
        NOTHING.with_criterion(code)


def test_a_code_is_added_once():
    with pytest.raises(ValueError, match="there already"):
        NOTHING.with_criterion(DIABETES).with_criterion(DIABETES)


def test_there_is_an_end_to_adding():
    codes = [ChosenCode("SKS", f"DI{n}", "x") for n in range(10, 17)]
    chosen = NOTHING
    while not chosen.is_full:
        chosen = chosen.with_criterion(codes[len(chosen.criteria)])

    assert len(chosen.criteria) == GRAMMAR.predicates
    with pytest.raises(ValueError, match="too many parts"):
        chosen.with_criterion(codes[-1])
    with pytest.raises(ValueError, match="too many parts"):
        chosen.with_sex("male")
    assert refusals(chosen.question(), GRAMMAR) == []


def test_codes_of_another_system_are_a_part_of_their_own():
    tight = GRAMMAR.model_copy(update={"predicates": 2})
    chosen = Selection(tight, date(2026, 1, 1)).with_criterion(DIABETES)
    chosen = chosen.with_alternative(0, ChosenCode("SKS", "DE10", "Type 1 diabetes"))

    assert chosen.parts == 1
    full = chosen.with_alternative(0, CRP)
    assert full.parts == 2
    with pytest.raises(ValueError, match="too many parts"):
        full.with_alternative(0, ChosenCode("ATC", "A10BA", "Biguanides"))


def test_codes_are_taken_out_and_renamed():
    chosen = NOTHING.with_criterion(DIABETES).with_criterion(CRP)

    assert chosen.without_code(0, 0).codes == (CRP,)
    assert chosen.without_code(0, 7) == chosen
    renamed = chosen.with_labels({("SKS", "DE11"): "Type 2-diabetes"})
    assert renamed.labels == {
        "SKS:DE11": "Type 2-diabetes",
        "NPU:NPU19748": "C-reactive protein",
    }
    assert renamed.question() == chosen.question()


def test_one_of_several_codes_is_taken_out():
    chosen = NOTHING.with_criterion(DIABETES).with_alternative(0, CRP)

    assert chosen.without_code(0, 0).criteria[0].codes == (CRP,)
    assert chosen.without_code(0, 0).without_code(0, 0).criteria == ()


def test_alternatives_of_one_system_are_one_list_and_of_two_any_of():
    other = ChosenCode("SKS", "DE10", "Type 1 diabetes")
    one = NOTHING.with_criterion(DIABETES).with_alternative(0, other)
    two = one.with_alternative(0, CRP).with_presence(0, present=False)

    [event] = one.question().criteria
    assert [entry.code for entry in event.codes.entries] == ["DE11", "DE10"]
    [lacks] = two.question().criteria
    assert lacks.kind == "not"
    assert lacks.criterion.kind == "any_of"
    assert refusals(two.question(), GRAMMAR) == []


def test_the_order_can_be_changed():
    chosen = NOTHING.with_criterion(DIABETES).with_criterion(CRP)

    assert chosen.moved(1, -1).codes == (CRP, DIABETES)
    assert chosen.moved(0, 1).moved(0, 1) == chosen
    for place, by in ((0, -1), (1, 1), (0, 2), (5, -1), (INDEX, 1)):
        with pytest.raises(ValueError, match="nothing stands there"):
            chosen.moved(place, by)


def test_windows_count_from_the_index_event_and_go_with_it():
    window = Window(0, 365)
    timed = (
        NOTHING.with_index(DIABETES)
        .with_ages(40, None)
        .with_age_at_index(at_index=True)
        .with_criterion(CRP)
        .with_window(0, window)
    )

    question = timed.question()
    assert question.index.codes.entries[0].code == "DE11"
    assert question.population.age.at == "index"
    assert question.criteria[0].to_days == 365
    assert refusals(question, GRAMMAR) == []
    assert timed.without(INDEX) == NOTHING.with_ages(40, None).with_criterion(CRP)


@pytest.mark.parametrize(
    "window", [Window(0, 17), Window(0, 1), Window(30, 0), Window(None, None)]
)
def test_another_window_cannot_be_chosen(window):
    timed = NOTHING.with_index(DIABETES).with_criterion(CRP)

    with pytest.raises(ValueError, match="window"):
        timed.with_window(0, window)


def test_without_an_index_event_there_is_no_time():
    chosen = NOTHING.with_criterion(CRP)

    with pytest.raises(ValueError, match="no index event"):
        chosen.with_window(0, Window(0, 365))
    with pytest.raises(ValueError, match="no index event"):
        chosen.with_age_at_index(at_index=True)


def test_every_window_of_the_menu_may_be_asked():
    timed = NOTHING.with_index(DIABETES).with_criterion(CRP)

    menu = windows(GRAMMAR)
    assert len(set(menu)) == len(menu) > 10
    for window in menu:
        assert refusals(timed.with_window(0, window).question(), GRAMMAR) == []


def test_a_value_is_compared():
    chosen = NOTHING.with_criterion(CRP)

    above = chosen.with_value(0, ChosenValue(">=", 100, unit="mg/L")).question()
    assert above.criteria[0].value.unit == "mg/L"
    between = chosen.with_value(0, ChosenValue("between", 10, 100)).question()
    assert between.criteria[0].value.upper == 100
    assert refusals(above, GRAMMAR) == refusals(between, GRAMMAR) == []


@pytest.mark.parametrize(
    "value",
    [
        ChosenValue(">=", 12.3),
        ChosenValue(">", 10),
        ChosenValue("between", 100, 10),
        ChosenValue("between", 10),
        ChosenValue("<", 10, 20),
        ChosenValue("<", float("nan")),
        ChosenValue("<", 10, unit="x" * 41),
        ChosenValue("<", 10, unit=" "),
    ],
)
def test_another_value_cannot_be_chosen(value):
    with pytest.raises(ValueError):  # noqa: PT011 - ours or pydantic's
        NOTHING.with_criterion(CRP).with_value(0, value)


def test_a_diagnosis_has_no_value():
    with pytest.raises(ValueError, match="have no values"):
        NOTHING.with_criterion(DIABETES).with_value(0, ChosenValue("<", 10))


@pytest.mark.parametrize(
    ("wished", "offered"),
    [(12.3, (10, 15)), (48, (48,)), (0, (0,)), (0.13, (0.1, 0.15)), (-7.5, (-8, -7))],
)
def test_the_nearest_limits_that_may_be_asked(wished, offered):
    assert nearest_limits(wished, GRAMMAR) == offered
    assert all(GRAMMAR.is_cut_point(limit) for limit in offered)


@pytest.mark.parametrize("present", [1, "yes", None, []])
def test_presence_is_yes_or_no(present):
    with pytest.raises(ValueError, match="must have"):
        NOTHING.with_criterion(DIABETES).with_presence(0, present)


def test_found_codes_are_made_coarse_and_named():
    found = [
        FoundCode("SKS", "DE110", "With coma"),
        FoundCode("SKS", "DE119", "Without complications"),
        FoundCode("SKS", "DE10", "Type 1 diabetes"),
        FoundCode("SKS", "DE109", "Type 1, without complications"),
        FoundCode("SHAK", "1301", "A ward"),
        FoundCode("NPU", "NPU27300", "HbA1c"),
    ]

    assert coarse_codes(found, NOTHING) == (
        ChosenCode("SKS", "DE11", "With coma …"),
        ChosenCode("SKS", "DE10", "Type 1 diabetes"),
        ChosenCode("NPU", "NPU27300", "HbA1c"),
    )


def test_a_parent_found_after_its_child_gives_the_name():
    found = [
        FoundCode("SKS", "DE109", "Type 1, without complications"),
        FoundCode("SKS", "DE10", "Type 1 diabetes"),
    ]

    [code] = coarse_codes(found, NOTHING)

    assert code.label == "Type 1 diabetes"
