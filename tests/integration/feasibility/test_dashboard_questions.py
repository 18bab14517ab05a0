"""Questions that come to the dashboard and leave it: as JSON, by link, saved."""

import json

import pytest

from enclave.cohort import saved_questions
from enclave.cohort.atlas.reading import read_definition
from enclave.cohort.packing import pack
from enclave.cohort.question import AtLeastOf, CodeList, EventCriterion, Question
from enclave.projects import people
from tests.builders.disclosure import START, event
from tests.builders.waiting import until
from tests.integration.feasibility.visiting import opened, with_three_criteria
from tests.unit.cohort.atlas.definitions import NEW_USERS


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


EMPTY = '{"system": "SKS", "entries": []}'
NO_CODES = f'{{"criteria": [{{"kind": "event", "codes": {EMPTY}}}]}}'


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("<img src=x>", "This is not JSON"),
        ('{"criteria": [{"kind": "unheard of"}]}', "criteria[0]"),
        ('{"population": {"sex": "unheard of"}}', "population.sex"),
        (NO_CODES, "codes.entries: Give at least 1"),
        ('{"criteria": [', "This is not JSON"),
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


def test_ten_thousand_codes_are_shown_and_kept_but_not_linked(client, run):
    codes = [f"DX{number:05}" for number in range(10_000)]
    wanted = Question(
        criteria=tuple(
            EventCriterion(codes=CodeList.of("SKS", *codes[n : n + 5_000]))
            for n in (0, 5_000)
        )
    )

    async def visit():
        page = (await opened(client)).page
        page.question.json.value = wanted.model_dump_json()
        page.question.use.click()
        page.panel.count.click()
        return page, await client.budget()

    page, budget = run(visit())

    assert page.editor.selection.question() == wanted
    assert "DX09999" in page.question.json.value
    assert page.editor.rows[1].kept.value.count("DX09999") == 1
    assert "Too long for a link" in page.question.proposal.value
    assert "Too long for a link" in page.saved.save.value
    assert "question=" not in page.question.share.value + page.saved.save.value
    assert "too fine to be counted here" in page.panel.answer.value
    assert budget.left == 40


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


def test_a_definition_of_atlas_is_taken_over_or_refused_by_name(client, run):
    ends = {"DateOffset": {"DateField": "StartDate", "Offset": 7}}
    definition = json.dumps(NEW_USERS | {"EndStrategy": ends}).encode()

    async def visit():
        page = (await opened(client)).page
        card = page.question
        card.upload.value = (a_file(definition),)
        card.use.click()
        refused = card.message.value
        before = page.editor.selection.question()
        card.entry_only.value = True
        card.json.value = definition.decode()
        card.use.click()
        return page, refused, before

    page, refused, before = run(visit())

    assert "EndStrategy: a question does not say" in refused
    assert before == Question()
    taken = page.editor.selection.question()
    assert taken == read_definition(definition, entry_only=True).question
    assert "EndStrategy: left out" in page.question.message.value
    assert f"/atlas?question={pack(taken)}" in page.question.atlas.value


def a_file(content):
    """Return a file as the browser sends it."""
    return {
        "name": "cohort.json",
        "type": "application/json",
        "size": len(content),
        "content": memoryview(content),
        "last_modified": START,
    }


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
