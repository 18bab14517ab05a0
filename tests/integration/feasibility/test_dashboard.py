"""The dashboard, clicked from Python as a browser would, against the real portal."""

import asyncio
import contextlib

import pytest
from traitlets import TraitError

from enclave.cohort import saved_questions
from enclave.cohort.packing import pack
from enclave.cohort.question import AtLeastOf, Question
from enclave.feasibility.answers import CountAnswer
from enclave.projects import people
from enclave_widgets.client import PortalClient, PortalError
from enclave_widgets.feasibility import FeasibilityDashboard
from tests.builders.disclosure import event
from tests.builders.projects import at
from tests.builders.waiting import until


async def opened(client, **options):
    dashboard = FeasibilityDashboard(client, clock=at(), **options)
    await until(lambda: dashboard.page is not None)
    await until(lambda: dashboard.page.budget.value)
    return dashboard


async def added(page, text):
    """Search for something and add the first code found."""
    search = page.editor.search
    search.text.value = text
    await until(lambda: search.found.options)
    search.add.click()


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

    assert "You have changed the question" not in before
    assert "You have changed the question" in page.panel.answer.value
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


async def with_three_criteria(client):
    """Diabetes as the index event, then a test with a value, or another diagnosis."""
    page = (await opened(client)).page
    search, editor = page.editor.search, page.editor
    search.text.value = "DE11"
    await until(lambda: search.found.options)
    search.target.index = 1
    search.add.click()
    await added(page, "NPU19748")
    await added(page, "DI10")
    row = editor.rows[0]
    row.operator.value = ">="
    row.lower.value = "10"
    row.when.value = next(
        number for name, number in row.when.options if name.startswith("within 365")
    )
    return page


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
        page.editor.rows[0].lower.value = typed
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
        shown = editor.rows[1].lower.value, editor.rows[0].operator.value
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


def test_a_question_is_copied_and_pasted(client, run):
    async def visit():
        page = await with_three_criteria(client)
        wanted = page.editor.selection.question()
        copied = page.question.json.value
        page.editor.start_over.click()
        page.question.json.value = copied
        page.question.use.click()
        labels = page.editor.selection.labels
        await until(lambda: page.editor.selection.labels["SKS:DE11"] != "DE11")
        return page, wanted, labels

    page, wanted, labels = run(visit())

    assert page.editor.selection.question() == wanted
    assert labels["SKS:DE11"] == "DE11"
    assert "Type 2 diabetes" in page.question.text.value
    assert "Taken over" in page.question.message.value


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("<img src=x>", "Invalid JSON"),
        ('{"criteria": [{"kind": "unheard of"}]}', "criteria.0"),
        ('{"population": {"sex": "unheard of"}}', "population.sex"),
    ],
)
def test_a_text_that_is_no_question_is_refused(client, run, pasted, said):
    async def visit():
        page = (await opened(client)).page
        before = page.editor.selection
        page.question.json.value = pasted
        page.question.use.click()
        return page, before

    page, before = run(visit())

    assert said in page.question.message.value
    assert "<img" not in page.question.message.value
    assert page.editor.selection == before


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


def test_nothing_found_is_said_and_escaped(client, run):
    async def visit():
        search = (await opened(client)).page.editor.search
        search.text.value = "<img src=x onerror=alert(1)>"
        await until(lambda: "Nothing that may be asked" in search.message.value)
        return search.message.value

    message = run(visit())

    assert "<img" not in message
    assert "&lt;img" in message


def test_a_portal_that_is_gone_and_comes_back(connect, run, tmp_path):
    async def visit():
        gone = connect(socket=str(tmp_path / "gone.sock"))
        dashboard = FeasibilityDashboard(gone, clock=at())
        await until(lambda: getattr(dashboard.frame.body.children[0], "children", ()))
        [failure, again] = dashboard.frame.body.children[0].children
        assert "cannot be reached" in failure.value
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


@pytest.mark.parametrize(
    ("widget", "trait", "value"),
    [
        ("sex", "value", "other"),
        ("sex", "index", 7),
        ("sex", "index", -1),
        ("age_from", "index", 99),
        ("age_to", "value", 38),
    ],
)
def test_a_forged_choice_changes_nothing(client, run, widget, trait, value):
    async def visit():
        page = (await opened(client)).page
        menu = getattr(page.editor.population, widget)
        before = page.editor.selection
        # As a comm message arrives: state set by name, whatever the menu offers.
        with contextlib.suppress(TraitError, IndexError):
            menu.set_state({trait: value})
        return before, page.editor.selection

    before, after = run(visit())

    assert after.question() == before.question()


def test_a_menu_grown_by_the_browser_offers_nothing_new(client, run):
    async def visit():
        page = (await opened(client)).page
        menu = page.editor.population.age_from
        menu.set_state({"_options_labels": [*menu._options_labels, "42"]})
        with contextlib.suppress(IndexError):
            menu.set_state({"index": len(menu._options_labels) - 1})
        return page.editor.selection

    assert run(visit()).age_from is None


def test_adding_without_anything_found_adds_nothing(client, run):
    async def visit():
        page = (await opened(client)).page
        page.editor.search._add_clicked(None)
        return page.editor.selection

    assert run(visit()).codes == ()


def test_a_very_long_search_is_cut(connect, run):
    class Listening(PortalClient):
        asked = None

        async def search(self, text, language):
            self.asked = text
            return await super().search(text, language)

    async def visit():
        listening = connect(kind=Listening)
        page = (await opened(listening)).page
        page.editor.search.text.value = "a" * 1_000_000
        await until(lambda: listening.asked)
        return listening.asked

    assert len(run(visit())) == 100


def test_errors_of_the_portal_are_not_html(client, run):
    async def visit():
        page = (await opened(client)).page
        page._fail(PortalError("<script>alert(1)</script>"))
        return page.panel.answer.value

    assert "<script" not in run(visit())


def test_a_closer_look(client, run):
    async def visit():
        page = await with_three_criteria(client)
        closer = page.closer
        await until(lambda: closer.variables.options)
        closer.by_data.click()
        nothing_chosen = closer.answer.value
        names = [one.name for one in closer._variables]
        closer.variables.index = (names.index("lab.value"), names.index("lab.unit"))
        seen = {}
        for button in (closer.by_sex_age, closer.by_year, closer.by_data):
            button.click()
            await until(lambda: "<table" in closer.answer.value)
            seen[button.description] = closer.answer.value
        await until(lambda: "37 new" in page.budget.value)
        page.editor.undo.click()
        fresh = page.closer.answer._dom_classes
        page.editor.population.sex.value = "male"
        return page, nothing_chosen, fresh, list(seen.values())

    page, nothing_chosen, fresh, (pyramid, years, heat) = run(visit())

    assert "at least one variable" in nothing_chosen
    assert pyramid.count("<svg") == years.count("<svg") == 20
    assert "90+" in pyramid
    assert "other years" in years
    assert heat.count("<li") == 2
    assert "enc-old" not in fresh  # variables change no count
    assert "enc-old" in page.closer.answer._dom_classes


def test_variables_go_with_the_question(client, run):
    async def visit():
        page = (await opened(client)).page
        await until(lambda: page.closer.variables.options)
        page.closer.variables.index = (0, 1)
        chosen = page.editor.selection.question().variables
        with contextlib.suppress(TraitError):  # forged
            page.closer.variables.set_state({"index": [0, 99_999]})
        return page, chosen

    page, chosen = run(visit())

    assert len(chosen) == 2
    assert all(name in page.question.json.value for name in chosen)


def test_no_direct_identifier_and_no_reference_table_is_offered(client, run):
    offered = {one.name for one in run(client.variables("en"))}

    assert "lab.value" in offered
    tables = run(client.catalogue("en")).tables
    assert {one.kind for one in tables} > {"reference"}
    for table in tables:
        for one in table.variables:
            hidden = table.kind == "reference" or one.sensitivity == "direct_identifier"
            assert (one.name in offered) is not hidden


RELATED = AtLeastOf(number=1, criteria=(event("DE11"), event("DI10")))


def test_what_the_page_has_no_controls_for_is_shown_and_kept(client, run):
    wanted = Question(criteria=(RELATED, event("DE11")))

    async def visit():
        dashboard = await opened(client, link=pack(wanted))
        page = dashboard.page
        page.editor.rows[1].remove.click()
        page.editor.undo.click()
        page.panel.count.click()
        refused = page.panel.answer.value
        page.closer.by_sex_age.click()
        dashboard.frame.languages.value = "da"
        return page, refused, dashboard.page, await client.budget()

    page, refused, danish, budget = run(visit())

    assert page.editor.selection.question() == wanted
    assert "kept as it is" in page.editor.rows[0].kept.value
    assert "At least 1 of" in page.editor.rows[0].kept.value
    assert "bevares" in danish.editor.rows[0].kept.value
    assert "too fine to be counted here" in refused
    assert "criteria[0]" in refused
    assert budget.left == 40


def test_a_link_that_was_cut_is_explained(client, run):
    async def visit():
        return (
            await opened(client, link=pack(Question(criteria=(RELATED,)))[:40])
        ).page

    page = run(visit())

    assert "cannot be read" in page.editor.message.value
    assert page.editor.selection.question() == Question()


def test_a_saved_question_is_opened(client, database, run):
    wanted = Question(criteria=(event("DE11"),))
    with database.begin() as session:
        saved_questions.save(session, people.get(session, "rikke"), "Mine", wanted)

    async def visit():
        page = (await opened(client)).page
        await until(lambda: page.saved.choice.options == (("Mine", 0),))
        page.saved.open.click()
        return page

    page = run(visit())

    assert page.editor.selection.question() == wanted
    assert "Opened: Mine" in page.saved.message.value
    assert pack(wanted) in page.saved.save.value
    assert pack(wanted) in page.question.share.value
