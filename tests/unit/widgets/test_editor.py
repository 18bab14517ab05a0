"""What is half typed about a value stays with its criterion, and goes with it."""

from datetime import date

import pytest

from enclave.disclosure.policy import policy
from enclave_widgets.chosen import ChosenCode, ChosenValue
from enclave_widgets.client import FoundCode
from enclave_widgets.editor import Editor
from enclave_widgets.history import History
from enclave_widgets.selection import INDEX, Selection


NOTHING = Selection(policy().grammar, date(2026, 1, 1))
DIABETES = ChosenCode("SKS", "DE11", "Type 2 diabetes")
CRP = ChosenCode("NPU", "NPU19748", "C-reactive protein")
SODIUM = ChosenCode("NPU", "NPU03429", "Sodium")


def editing(selection, language="en"):
    # It has no portal: nothing is searched for.
    return Editor(None, language, selection, History(), lambda _: None)


def mistyped(selection):
    """Compare the first value with what is no number."""
    editor = editing(selection)
    editor.rows[0].measured.operator.value = ">="
    editor.rows[0].measured.lower.value = "abc"
    assert editor.problem == "Criterion 1: Write a number, for instance 7.5."
    return editor


def typed(editor):
    return [row.measured.lower.value for row in editor.rows]


def test_it_goes_with_a_criterion_that_is_removed():
    editor = mistyped(NOTHING.with_criterion(CRP))

    editor.rows[0].remove.click()
    assert editor.rows[0].problem == ""
    editor.take(lambda now: now.with_criterion(DIABETES))

    assert editor.problem == ""
    assert typed(editor) == [""]


def test_what_follows_a_removed_criterion_does_not_inherit_it():
    editor = mistyped(NOTHING.with_criterion(CRP).with_criterion(SODIUM))

    editor.rows[0].remove.click()

    assert editor.problem == ""
    assert typed(editor) == ["", ""]
    assert editor.rows[0].message.value == ""


@pytest.mark.parametrize(
    "others",
    [
        NOTHING.with_criterion(DIABETES),
        NOTHING.with_criterion(SODIUM),
        # The same code, which nobody may have.
        NOTHING.with_criterion(CRP).with_presence(0, present=False),
    ],
)
def test_no_neighbour_inherits_it_from_a_criterion_that_moves(others):
    editor = mistyped(others.with_criterion(CRP).moved(1, -1))

    editor.rows[0].down.click()

    assert editor.problem == ""
    assert typed(editor) == ["", ""]


def test_it_goes_with_the_index_event():
    editor = editing(NOTHING.with_index(CRP))
    editor.index_row.measured.operator.value = ">="
    assert editor.problem

    editor.index_row.remove.click()
    editor.take(lambda now: now.with_index(CRP))

    assert editor.problem == ""
    assert editor.index_row.measured.operator.value == ""


def test_it_stays_when_anything_else_of_its_criterion_changes():
    editor = mistyped(NOTHING.with_index(DIABETES).with_criterion(CRP))
    row = editor.rows[0]

    row.presence.value = False
    row.when.value = 1
    editor._add(SODIUM, 0)
    row.codes.children[1].children[1].click()
    editor.rename([FoundCode(system="NPU", code="NPU03429", label="Natrium")])

    changed = editor.selection.criteria[0]
    assert changed.codes[0].label == "Natrium"
    assert (changed.present, changed.window is None) == (False, False)
    assert typed(editor) == ["abc"]
    assert "Write a number" in editor.problem


@pytest.mark.parametrize("place", [0, INDEX])
def test_another_language_changes_nothing_that_is_asked(place):
    between = ChosenValue("between", 10, 20)
    chosen = NOTHING.with_index(CRP).with_criterion(CRP).with_value(place, between)
    before = editing(chosen)
    row = before.index_row if place == INDEX else before.rows[place]
    row.measured.lower.value = "abc"
    row.measured.operator.value = ">="

    after = editing(before.selection, "da")
    after.follow(before)

    assert after.selection == before.selection == chosen
    row = after.index_row if place == INDEX else after.rows[place]
    assert [row.measured.operator.value, row.measured.lower.value] == [">=", "abc"]
    assert "tal" in after.problem
    assert "enc-hidden" in row.measured.upper._dom_classes
