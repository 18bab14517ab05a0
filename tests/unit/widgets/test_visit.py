"""Pages that are made before their visitor comes: they ask in nobody's name, ever."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from enclave_widgets import visit
from enclave_widgets.client import PortalClient
from enclave_widgets.portal_error import PortalError
from enclave_widgets.words import WORDS


AHEAD = {"ENCLAVE_PORTAL_SOCKET": "/nowhere/portal.sock", visit.AHEAD: "1"}
DASHBOARDS = Path(__file__).parents[3] / "notebooks" / "dashboards"
FIRST = {
    "feasibility": ("title", "lead"),
    "catalogue": ("catalogue_title", "catalogue_lead"),
    "reruns": ("reruns_title", "reruns_lead"),
}


@pytest.fixture
def nobody_yet(monkeypatch):
    monkeypatch.setattr(visit, "_guests", [])
    monkeypatch.setattr(visit, "_begun", asyncio.Event())
    # Set and taken away again, so that what begin() sets does not stay.
    monkeypatch.setenv(visit.TOKEN, "")
    monkeypatch.delenv(visit.TOKEN)


@pytest.mark.usefixtures("nobody_yet")
def test_what_a_page_asks_waits_for_its_visitor():
    async def visiting():
        client = PortalClient.from_environment(AHEAD)
        asking = asyncio.create_task(client.budget())
        await asyncio.sleep(0.05)
        waiting = not asking.done()
        visit.when_begun(lambda *_: None)
        visit.begin("a token", "da", "")
        with pytest.raises(PortalError, match="cannot be reached"):
            await asking
        await client.close()
        return waiting, await visit.token_of_visitor()

    assert asyncio.run(visiting()) == (True, "a token")


@pytest.mark.usefixtures("nobody_yet")
def test_where_no_page_was_made_no_visit_begins():
    with pytest.raises(RuntimeError, match="No page was made"):
        visit.begin("a token", "da", "")
    assert visit.TOKEN not in os.environ


@pytest.mark.usefixtures("nobody_yet")
def test_the_page_is_told_who_has_come():
    told = []
    visit.when_begun(lambda language, question: told.append((language, question)))

    visit.begin("a token", "da", "packed")

    assert told == [("da", "packed")]


@pytest.mark.parametrize(
    ("environ", "ahead"),
    [({}, False), (AHEAD, True), ({**AHEAD, visit.TOKEN: "here already"}, False)],
)
def test_who_waits_for_a_visitor(environ, ahead):
    assert visit.is_ahead(environ) is ahead


@pytest.mark.parametrize("name", FIRST)
@pytest.mark.parametrize("language", ["en", "da"])
def test_the_first_frame_says_what_the_page_will(name, language):
    notebook = json.loads((DASHBOARDS / f"{name}.ipynb").read_text("utf-8"))
    title, lead = (getattr(WORDS[language], word) for word in FIRST[name])

    first = notebook["metadata"]["first_frame"][language]

    assert first == {"title": title, "lead": lead}
