"""Undo and redo."""

from datetime import date

from enclave.disclosure.policy import policy
from enclave_widgets.history import History
from enclave_widgets.selection import Selection


FIRST = Selection(policy().grammar, date(2026, 1, 1))
SECOND, THIRD = FIRST.with_sex("female"), FIRST.with_sex("male")


def test_back_and_forth():
    history = History()
    history.note(FIRST)
    history.note(SECOND)

    assert history.undo(THIRD) == SECOND
    assert history.undo(SECOND) == FIRST
    assert not history.can_undo
    assert history.redo(FIRST) == SECOND
    assert history.redo(SECOND) == THIRD
    assert not history.can_redo


def test_with_nothing_to_take_back_nothing_changes():
    history = History()

    assert history.undo(FIRST) == FIRST
    assert history.redo(FIRST) == FIRST


def test_a_new_change_ends_what_could_be_done_again():
    history = History()
    history.note(FIRST)
    history.undo(SECOND)
    history.note(FIRST)

    assert not history.can_redo
    assert history.undo(THIRD) == FIRST
