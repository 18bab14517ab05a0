"""What people do to the dashboard that nobody meant them to do, and it bears."""

import asyncio
from types import SimpleNamespace

import pytest

from enclave.errors import InputError
from enclave_widgets.client import PortalClient
from enclave_widgets.portal_error import away
from enclave_widgets.saved_card import SavedCard
from tests.builders.disclosure import event, question
from tests.builders.waiting import until
from tests.integration.feasibility.visiting import added, opened, with_three_criteria


class Watched(PortalClient):
    """Counts what is asked, waits as long as it is told to, and may lose the budget."""

    asked = 0
    may_answer = None
    loses_budget = False

    async def count(self, question):
        self.asked += 1
        if self.may_answer:
            await self.may_answer.wait()
        return await super().count(question)

    async def breakdown(self, question, by):
        self.asked += 1
        if self.may_answer:
            await self.may_answer.wait()
        return await super().breakdown(question, by)

    async def budget(self):
        if self.loses_budget:
            raise away()
        return await super().budget()


@pytest.fixture
def watched(connect) -> Watched:
    return connect(kind=Watched)


async def counted(page):
    before = page.answered
    page.panel.count.click()
    await until(lambda: page.answered is not before)
    return page.panel.answer.value


def is_old(html):
    return "enc-old" in html._dom_classes


def test_a_button_pressed_twice_asks_once(watched, run):
    async def visit():
        page = (await opened(watched)).page
        watched.may_answer = asyncio.Event()
        for button in (page.panel.count, page.closer.by_sex_age) * 2:
            button.click()
            await asyncio.sleep(0.05)
        watched.may_answer.set()
        await until(lambda: page.answered and page.closer.found)
        return page

    page = run(visit())

    assert watched.asked == 2
    assert not page.answered[1].answered_before


def test_undo_brings_back_the_answer_that_an_error_replaced(watched, run):
    async def visit():
        page = (await opened(watched)).page
        before = await counted(page)
        page.editor.population.age_from.value = 50
        page.editor.population.age_to.value = 39
        page.panel.count.click()
        wrong = page.panel.answer.value
        page.editor.undo.click()
        old = is_old(page.panel.answer), page.panel.outdated.note.value
        page.editor.undo.click()
        return page, before, wrong, old

    page, before, wrong, old = run(visit())

    assert "ends before it begins" in wrong
    assert old[0]
    assert "You have changed the question" in old[1]
    assert page.panel.answer.value == before
    assert not is_old(page.panel.answer)
    assert page.panel.outdated.note.value == ""
    assert watched.asked == 1


def test_another_language_loses_nothing(watched, run):
    async def visit():
        dashboard = await opened(watched)
        page = dashboard.page
        page.closer.by_sex_age.click()
        await until(lambda: page.closer.found)
        watched.may_answer = asyncio.Event()
        page.panel.count.click()
        page.editor.search.text.value = "diabetes"
        page.question.show_json.value = True
        page.question.json.value = "a text from elsewhere"
        await asyncio.sleep(0)
        dashboard.frame.languages.value = "da"
        page = dashboard.page
        pyramid, waits = page.closer.answer.value, page.panel.answer.value
        watched.may_answer.set()
        await until(lambda: page.answered)
        await until(lambda: page.editor.search.found.options)
        await until(lambda: "38 nye" in page.budget.value)
        return page, pyramid, waits

    page, pyramid, waits = run(visit())

    assert "Kvinder" in pyramid
    assert "Tæller" in waits
    assert "patienter" in page.panel.answer.value
    assert page.question.json.value == "a text from elsewhere"
    assert page.question.show_json.value is True


def test_another_language_keeps_what_has_to_be_mended(client, run):
    async def visit():
        dashboard = await opened(client)
        await added(dashboard.page, "NPU19748")
        row = dashboard.page.editor.rows[0]
        row.measured.operator.value, row.measured.lower.value = ">=", "12,3"
        asked = dashboard.page.editor.selection
        dashboard.frame.languages.value = "da"
        return dashboard.page, asked

    page, asked = run(visit())

    assert page.editor.selection.question() == asked.question()
    assert page.editor.rows[0].measured.lower.value == "12,3"
    assert "12,3" in page.editor.problem


def test_a_breakdown_of_what_was_chosen_before_says_so(watched, run):
    async def visit():
        page = (await opened(watched)).page
        watched.may_answer = asyncio.Event()
        page.closer.by_sex_age.click()
        await asyncio.sleep(0.05)
        page.editor.population.sex.value = "female"
        watched.may_answer.set()
        await until(lambda: page.closer.found)
        old = is_old(page.closer.answer), page.closer.outdated.note.value
        page.editor.undo.click()
        return page, old

    page, old = run(visit())

    assert old[0]
    assert "You have changed the question" in old[1]
    assert not is_old(page.closer.answer)


def test_what_cannot_be_looked_at_leaves_the_count(client, run):
    async def visit():
        page = (await opened(client)).page
        count = await counted(page)
        page.editor.population.age_from.value = 50
        page.editor.population.age_to.value = 39
        page.closer.by_sex_age.click()
        return page, count, page.closer.answer.value

    page, count, said = run(visit())

    assert page.panel.answer.value == count
    assert "ends before it begins" in said


def test_a_budget_that_cannot_be_read_leaves_the_count(watched, run):
    async def visit():
        page = (await opened(watched)).page
        watched.loses_budget = True
        count = await counted(page)
        await until(lambda: "cannot be reached" in page.budget.value)
        return page, count

    page, count = run(visit())

    assert page.panel.answer.value == count


def test_what_is_half_typed_while_editing_is_not_paid(watched, run):
    async def visit():
        page = await with_three_criteria(watched)
        page.panel.while_editing.value = True
        row = page.editor.rows[0]
        row.measured.lower.value = "20"
        waits = page.panel.answer.value
        row.measured.lower.value = "x"
        await asyncio.sleep(1.2)  # longer than the pause
        asked, said = watched.asked, page.panel.answer.value
        row.measured.lower.value = "10"  # as before
        await until(lambda: page.answered)
        return waits, asked, said

    waits, asked, said = run(visit())

    assert "Counting" in waits
    assert "press Count" in said
    assert asked == 0
    assert watched.asked == 1


def test_a_way_to_widen_is_about_what_is_chosen_now(client, run):
    async def visit():
        page = (await opened(client)).page
        for text in ("DC911", "DB249"):
            await added(page, text)
        count = await client.count(page.editor.selection.question())
        hidden = count.model_copy(update={"value": None})
        page.show(page.editor.selection.question(), hidden)
        for _ in range(2):
            page.panel.wider.children[1].children[0].click()
        return page

    page = run(visit())

    assert page.editor.selection.criteria == ()
    assert page.panel.wider.children == ()


def test_two_tabs_with_one_question_show_one_answer(connect, run):
    async def visit():
        pages = [(await opened(connect())).page for _ in range(2)]
        for page in pages:
            page.editor.population.sex.value = "female"
            page.panel.count.click()
        for page in pages:
            await until(lambda page=page: page.answered)
            page.refresh_budget()
            await until(lambda page=page: "39 new" in page.budget.value)
        return [page.answered[1].value for page in pages]

    one, other = run(visit())

    assert one == other


def test_a_saved_question_that_cannot_be_taken_over_is_refused(client, run):
    def refuse(_question):
        raise InputError("This page would change what is asked.")

    async def visit():
        card = SavedCard(client, "en", refuse)
        await until(lambda: not card._latest.busy)
        card._listed([SimpleNamespace(name="Mine", question=question(event("DE11")))])
        card.open.click()
        return card.message.value

    assert "would change what is asked" in run(visit())
