"""Whatever a browser sends, only what may be asked can be chosen."""

from datetime import date

import pytest

from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from enclave_widgets.client import FoundCode
from enclave_widgets.code_search import coarse_codes
from enclave_widgets.selection import ChosenCode, Selection


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
        .with_code(DIABETES)
        .with_code(CRP)
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
    for first in (None, *NOTHING.ages_from):
        for last in (None, *NOTHING.ages_to):
            if first is None or last is None or first <= last:
                chosen = NOTHING.with_ages(first, last).with_code(DIABETES)
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
        NOTHING.with_code(code)


def test_a_code_is_added_once():
    with pytest.raises(ValueError, match="there already"):
        NOTHING.with_code(DIABETES).with_code(DIABETES)


def test_there_is_an_end_to_adding():
    codes = [ChosenCode("SKS", f"DI{n}", "x") for n in range(10, 16)]
    chosen = NOTHING
    while not chosen.is_full:
        chosen = chosen.with_code(codes[len(chosen.codes)])

    assert len(chosen.codes) == 4
    with pytest.raises(ValueError, match="cannot be added"):
        chosen.with_code(codes[4])
    everything = chosen.with_sex("male").with_ages(18, None)
    assert refusals(everything.question(), GRAMMAR) == []


def test_the_population_counts_too():
    tight = GRAMMAR.model_copy(update={"predicates": 3})
    chosen = Selection(tight, date(2026, 1, 1)).with_sex("male").with_ages(18, None)

    assert not chosen.is_full
    full = chosen.with_code(DIABETES)
    assert full.is_full
    three = Selection(tight, date(2026, 1, 1))
    for n in range(10, 13):
        three = three.with_code(ChosenCode("SKS", f"DI{n}", "x"))
    with pytest.raises(ValueError, match="too many parts"):
        three.with_sex("male")


def test_codes_are_taken_out_and_renamed():
    chosen = NOTHING.with_code(DIABETES).with_code(CRP)

    assert chosen.without_code(0).codes == (CRP,)
    assert chosen.without_code(7) == chosen
    renamed = chosen.with_labels({("SKS", "DE11"): "Type 2-diabetes"})
    assert renamed.labels == {
        "SKS:DE11": "Type 2-diabetes",
        "NPU:NPU19748": "C-reactive protein",
    }
    assert renamed.question() == chosen.question()


@pytest.mark.parametrize("present", [1, "yes", None, []])
def test_presence_is_yes_or_no(present):
    with pytest.raises(ValueError, match="must have"):
        NOTHING.with_code(DIABETES).with_presence(0, present)


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
