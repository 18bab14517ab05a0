"""What a browser sends that no visitor can choose changes nothing."""

import contextlib

import pytest
from traitlets import TraitError

from enclave_widgets.client import PortalClient
from tests.builders.waiting import until
from tests.integration.feasibility.visiting import opened


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
