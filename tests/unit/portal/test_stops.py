"""The page of stops: its buttons, and to whom it is shown."""

import re

import pytest

from enclave.projects import lifecycle
from enclave.projects.admission import may_open_workspace
from tests.builders.projects import at, project


def _press(browser, **fields):
    page = browser.get("/stops").text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    return browser.post("/stops", data={"csrf": csrf[1], **fields})


@pytest.mark.parametrize("person", ["karen", "mads"])
@pytest.mark.parametrize("whom", [{"project": "demo"}, {"whom": "all"}])
def test_a_project_or_all_are_stopped_and_set_free(door, database, person, whom):
    project(database)
    browser = door.browser(person)
    answer = _press(browser, action="stop", reason="Looked into.", **whom)
    assert answer.status_code == 303
    assert "Looked into" in browser.get("/stops").text
    with database.begin() as session:
        assert not may_open_workspace(session, "rikke", "demo", at()).allowed
        assert lifecycle.standing(
            session, lifecycle.get(session, "demo"), at()().date()
        ).reason.endswith("Looked into")
    _press(browser, action="lift", **whom)
    assert "Nothing is stopped." in browser.get("/stops").text


def test_a_researcher_does_not_see_the_button(door):
    browser = door.browser("rikke")
    assert "/stops" not in browser.get("/").text
    assert browser.get("/stops").status_code == 403


def test_a_form_from_elsewhere_stops_nothing(door, database):
    project(database)
    answer = door.browser("karen").post("/stops", data={"whom": "all", "reason": "x"})
    assert answer.status_code == 403
    with database.begin() as session:
        assert may_open_workspace(session, "rikke", "demo", at()).allowed
