"""The dashboard, clicked from Python as a browser would, against the real portal."""

import asyncio

from enclave.feasibility.answers import CountAnswer
from enclave_widgets.feasibility import FeasibilityDashboard
from enclave_widgets.portal_error import PortalError
from tests.builders.disclosure import but_not, event, question
from tests.builders.projects import at
from tests.builders.waiting import until
from tests.integration.feasibility.visiting import added, opened, with_three_criteria


def test_from_opening_to_an_answer(client, run):
    async def visit():
        dashboard = await opened(client)
        page = dashboard.page
        assert "press Count" in page.panel.answer.value
        page.editor.population.sex.value = "female"
        page.editor.population.age_from.value = 40
        await added(page, "diabetes")
        await added(page, "NPU19748")
        page.editor.rows[1].presence.value = False
        page.panel.count.click()
        assert "Counting" in page.panel.answer.value
        await until(lambda: page.answered is not None)
        counted = page.answered
        page.panel.steps.click()
        await until(lambda: "<table" in page.panel.attrition.value)
        await until(lambda: "35 new" in page.budget.value)
        return page, counted

    page, (asked, count) = run(visit())

    assert asked.population.sex == "female"
    assert asked.population.age.minimum == 40
    assert asked.population.age.at.isoformat() == "2026-01-01"
    assert [criterion.kind for criterion in asked.criteria] == ["event", "not"]
    assert count.shown in page.panel.answer.value.replace("<span>", " ")
    table = page.panel.attrition.value
    assert table.count('<tr><th scope="row">') == 5
    assert "All women" in table
    assert "Aged 40 or over" in table


def test_the_empty_question_is_everybody(client, run):
    async def visit():
        dashboard = await opened(client)
        dashboard.page.panel.count.click()
        await until(lambda: dashboard.page.answered is not None)
        return dashboard.page.answered

    asked, count = run(visit())

    assert asked.criteria == ()
    assert 800 <= count.value <= 1000


def test_what_few_patients_have_is_hidden_and_explained(client, run):
    async def visit():
        dashboard = await opened(client)
        page = dashboard.page
        # Three rare things together: nobody has them.
        for text in ("DC911", "DB249", "DZ948"):
            await added(page, text)
        page.panel.count.click()
        await until(lambda: page.answered is not None)
        return page

    page = run(visit())

    if page.answered[1].value is None:
        assert "fewer than 20" in page.panel.answer.value
        assert "hidden because it is below 20" in page.panel.answer.value
    else:
        # Noise lifts a count of nobody to 20 in one of forty runs.
        assert page.answered[1].value <= 50


def test_danish(client, run):
    async def visit():
        dashboard = await opened(client)
        page = dashboard.page
        await added(page, "diabetes")
        page.panel.steps.click()
        await until(lambda: page.answered is not None)
        dashboard.frame.languages.value = "da"
        page = dashboard.page
        await until(
            lambda: "uden komplikationer" in page.editor.rows[0].codes.children[1].value
        )
        await until(lambda: "nye spørgsmål" in page.budget.value)
        return dashboard, page

    dashboard, page = run(visit())

    assert "Hvor mange patienter" in dashboard.frame.lead.value
    assert page.panel.count.description == "Tæl"
    assert "Alle personer" in page.panel.attrition.value
    assert page.editor.selection.codes[0].code == "DE11"
    assert "SKS" in page.question.text.value
    assert "DE11" in page.question.json.value


def test_counting_while_editing_waits_for_the_last_edit(client, run):
    async def visit():
        page = (await opened(client)).page
        page.panel.while_editing.value = True
        for age in (40, 45, 50, 55, 60):
            page.editor.population.age_from.value = age
        await until(lambda: page.answered is not None)
        await until(lambda: "39 new" in page.budget.value)
        return page.answered

    asked, count = run(visit())

    assert asked.population.age.minimum == 60
    assert count.budget_left == 39


def test_the_steps_move_while_editing_once_they_were_asked_for(client, run):
    async def visit():
        page = (await opened(client)).page
        page.panel.steps.click()
        await until(lambda: "<table" in page.panel.attrition.value)
        page.panel.while_editing.value = True
        await added(page, "DE11")
        await until(lambda: "DE11" in page.panel.attrition.value)
        await until(lambda: "38 new" in page.budget.value)
        return page

    page = run(visit())

    assert page.panel.attrition.value.count('<th scope="row">') == 2


def test_an_answer_to_an_older_question_is_marked(client, run):
    async def visit():
        page = (await opened(client)).page
        page.panel.count.click()
        await until(lambda: page.answered is not None)
        before = page.panel.answer.value
        page.editor.population.sex.value = "male"
        return page, before

    page, before = run(visit())

    assert page.panel.answer.value == before
    assert "You have changed the question" in page.panel.outdated.note.value
    assert "enc-old" in page.panel.answer._dom_classes


def test_ages_the_wrong_way_round_are_not_asked(client, run):
    async def visit():
        page = (await opened(client)).page
        page.editor.population.age_from.value = 50
        page.editor.population.age_to.value = 39
        page.panel.count.click()
        await asyncio.sleep(0.2)
        budget = await client.budget()
        return page, budget

    page, budget = run(visit())

    assert "ends before it begins" in page.panel.answer.value
    assert 'role="alert"' in page.panel.answer.value
    assert budget.left == 40


def test_a_used_up_budget_is_explained(client, run):
    async def visit():
        page = (await opened(client)).page
        for number in range(10, 50):
            asked = page.editor.selection.question().model_copy(
                update={"criteria": (event(f"DI{number}"),)}
            )
            await client.count(asked)
        page.editor.population.sex.value = "male"
        page.panel.count.click()
        await until(lambda: 'role="alert"' in page.panel.answer.value)
        page.refresh_budget()
        await until(lambda: "no new questions" in page.budget.value)
        return page

    page = run(visit())

    assert "0 left" in page.panel.answer.value
    assert "More from" in page.budget.value


def test_a_hidden_number_comes_with_ways_to_widen_the_question(client, run):
    async def visit():
        page = await with_three_criteria(client)
        page.editor.population.sex.value = "female"
        hidden = CountAnswer(
            shown="fewer than 20",
            value=None,
            answered_before=False,
            budget_left=39,
            question_digest="",
            snapshot=1,
        )
        page.show(page.editor.selection.question(), hidden)
        ways = {way.description: way for way in page.panel.wider.children[1].children}
        ways["At any time in criterion 1"].click()
        budget = await client.budget()
        return page, ways, budget

    page, ways, budget = run(visit())

    assert list(ways) == [
        "Women and men",
        "Any value in criterion 1",
        "At any time in criterion 1",
        "Without criterion 1: NPU19748",
        "Without criterion 2: DI10",
    ]
    assert page.editor.selection.criteria[0].window is None
    assert budget.left == 40


def test_a_portal_that_is_gone_and_comes_back(connect, run, tmp_path):
    async def visit():
        gone = connect(socket=str(tmp_path / "gone.sock"))
        dashboard = FeasibilityDashboard(gone, language="da", clock=at())
        await until(lambda: getattr(dashboard.frame.body.children[0], "children", ()))
        [failure, again] = dashboard.frame.body.children[0].children
        assert "Portalen kan ikke nås." in failure.value
        dashboard._client = connect()
        again.click()
        await until(lambda: dashboard.page is not None)

    run(visit())


def test_an_error_while_counting_is_shown(client, run):
    async def visit():
        page = (await opened(client)).page
        await client.close()
        page.panel.count.click()
        await until(lambda: 'role="alert"' in page.panel.answer.value)
        return page

    page = run(visit())

    assert "That did not work" in page.panel.answer.value


def test_errors_of_the_portal_are_not_html(client, run):
    async def visit():
        page = (await opened(client)).page
        page._fail(PortalError("<script>alert(1)</script>"))
        return page.panel.answer.value

    assert "<script" not in run(visit())


def test_what_is_probably_wrong_is_said_before_anybody_asks(client, run):
    async def visit():
        page = (await opened(client, language="da")).page
        remarks = page.question.remarks
        assert remarks.value == ""
        page.use(question(event("DE11"), but_not(event("DE11"))))
        await until(lambda: "udelukker" in remarks.value)
        said = remarks.value
        page.editor.rows[1].remove.click()
        await until(lambda: remarks.value == "")
        return said

    said = run(visit())

    assert "Værd at se på en gang til" in said
    assert "Kriterium 2: Dette udelukker det, som et andet kriterium" in said


def test_remarks_go_with_the_question_they_are_about(client, run):
    async def visit():
        page = (await opened(client)).page
        remarks, ages = page.question.remarks, page.editor.population
        page.use(question(event("DE11"), but_not(event("DE11"))))
        await until(lambda: remarks.value != "")
        ages.age_from.value, ages.age_to.value = 50, 39
        said = [remarks.value]
        ages.age_from.value = ages.age_to.value = None
        await until(lambda: remarks.value != "")
        await client.close()
        page.editor.rows[1].remove.click()
        await until(lambda: remarks.value == "")
        return said

    assert run(visit()) == [""]


def test_a_definition_that_cannot_be_read_is_refused_in_danish(client, run):
    async def visit():
        card = (await opened(client, language="da")).page.question
        card.json.value = '{"PrimaryCriteria": {}, "CensorWindow": {"StartDate": "x"}}'
        card.use.click()
        return card.message.value

    said = run(visit())

    assert "Denne ATLAS-definition siger noget" in said
    assert "CensorWindow: et spørgsmål klipper ikke kohorter" in said
