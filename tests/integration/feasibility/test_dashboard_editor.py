"""Choosing on the dashboard: criteria, values, windows, and back again."""

import pytest

from tests.builders.waiting import until
from tests.integration.feasibility.visiting import added, opened, with_three_criteria


def test_no_more_criteria_than_a_question_may_have(client, run):
    async def visit():
        page = (await opened(client)).page
        for text in ("DE11", "DC91", "NPU19748", "NPU02593", "DB24", "DZ94"):
            await added(page, text)
        page.editor.population.sex.value = "female"
        return page

    page = run(visit())

    editor = page.editor
    assert len(editor.selection.criteria) == 6
    assert "as many as one question may have" in editor.message.value
    assert editor.population.sex.value == ""
    offered = [name for name, _ in editor.search.target.options]
    assert offered[0] == "or, in criterion 1"


def test_removing_a_criterion_makes_room(client, run):
    async def visit():
        page = (await opened(client)).page
        for text in ("DE11", "NPU19748"):
            await added(page, text)
        page.editor.rows[0].remove.click()
        return page

    page = run(visit())

    assert [code.code for code in page.editor.selection.codes] == ["NPU19748"]
    assert "NPU19748" in page.editor.rows[0].codes.children[1].value
    assert len(page.editor.chosen.children) == 1


def test_values_and_windows(client, run):
    async def visit():
        page = await with_three_criteria(client)
        page.panel.steps.click()
        await until(lambda: page.answered is not None)
        return page.answered[0]

    asked = run(visit())

    assert asked.index.codes.entries[0].code == "DE11"
    timed, diagnosis = asked.criteria
    assert (timed.kind, timed.from_days, timed.to_days) == ("within", 0, 365)
    assert timed.criterion.value.threshold == 10
    assert diagnosis.kind == "event"


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "Write a number"), ("abc", "Write a number"), ("12,3", "10 or 15")],
)
def test_a_limit_that_may_not_be_asked_costs_nothing(client, run, typed, said):
    async def visit():
        page = await with_three_criteria(client)
        page.panel.while_editing.value = True
        page.editor.rows[0].measured.lower.value = typed
        page.panel.count.click()
        return page, await client.budget()

    page, budget = run(visit())

    assert said in page.editor.rows[0].message.value
    assert "Criterion 1" in page.panel.answer.value
    assert budget.left == 40


def test_moving_and_taking_back(client, run):
    async def visit():
        page = await with_three_criteria(client)
        editor = page.editor
        before = editor.selection
        editor.rows[1].up.click()
        moved = editor.selection
        shown = (
            editor.rows[1].measured.lower.value,
            editor.rows[0].measured.operator.value,
        )
        editor.undo.click()
        undone = editor.selection
        editor.redo.click()
        editor.start_over.click()
        empty = editor.selection.question()
        editor.undo.click()
        return before, moved, shown, undone, empty, editor

    before, moved, shown, undone, empty, editor = run(visit())

    assert moved.criteria == before.criteria[::-1]
    assert shown == ("10", "")
    assert undone == before
    assert empty.criteria == ()
    assert editor.selection == moved
    assert editor.redo.disabled is False


def test_nothing_found_is_said_and_escaped(client, run):
    async def visit():
        search = (await opened(client)).page.editor.search
        search.text.value = "<img src=x onerror=alert(1)>"
        await until(lambda: "Nothing that may be asked" in search.message.value)
        return search.message.value

    message = run(visit())

    assert "<img" not in message
    assert "&lt;img" in message


def test_the_focus_stays_when_there_is_nothing_left_to_undo(client, run):
    async def visit():
        editor = (await opened(client)).page.editor
        editor.population.sex.value = "female"
        focused = []
        for name in ("undo", "redo"):
            button = getattr(editor, name)
            button.focus = lambda name=name: focused.append(name)
        editor.undo.click()
        editor.redo.click()
        return focused

    assert run(visit()) == ["redo", "undo"]
