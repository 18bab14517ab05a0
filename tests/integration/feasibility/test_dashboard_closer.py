"""A closer look: breakdowns, and which data there are."""

import contextlib

from traitlets import TraitError

from tests.builders.waiting import until
from tests.integration.feasibility.visiting import opened, with_three_criteria


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
        buttons = (
            closer.by_sex_age,
            closer.by_year,
            closer.by_data,
            closer.by_extent,
            closer.by_code,
        )
        for button in buttons:
            button.click()
            await until(lambda: "<table" in closer.answer.value)
            seen[button.description] = closer.answer.value
        await until(lambda: "35 new" in page.budget.value)
        page.editor.undo.click()
        fresh = page.closer.answer._dom_classes
        page.editor.population.sex.value = "male"
        return page, nothing_chosen, fresh, list(seen.values())

    page, nothing_chosen, fresh, seen = run(visit())
    pyramid, years, heat, extent, places = seen

    assert "at least one variable" in nothing_chosen
    assert pyramid.count("<svg") == years.count("<svg") == 20
    assert "90+" in pyramid
    assert "other years" in years
    assert heat.count("<li") == 2
    assert extent.count('<th scope="row">') == 2
    assert "How many values" in extent
    assert "By Municipality" in places
    assert "others" in places
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
