"""The page on which a project gives back what lies in its return folder."""

import json
import re

import pytest

from enclave.returns import folder
from tests.builders import installation
from tests.builders.portal import token
from tests.unit.returns.test_findings import FORM


PAGE = "/projects/demo/return"


@pytest.fixture
def lying(clinic, settings, database):
    installation.issued(settings, database)
    place = folder.place_of(settings, "demo")
    place.mkdir(parents=True)
    (place / "finding.json").write_text(json.dumps(FORM))
    (place / "study.ipynb").write_text("{}")
    return clinic


def press(browser, **fields):
    page = browser.get(PAGE).text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    return browser.post(PAGE, data={"csrf": csrf[1] if csrf else "", **fields})


def test_a_member_hands_in_and_a_workspace_alone_cannot(lying):
    rikke = lying.browser("rikke")
    page = rikke.get(PAGE).text
    assert "study.ipynb" in page
    assert "finding.json" in page
    answer = press(rikke, name="finding.json")
    assert answer.headers["location"].endswith("/findings/1")
    shown = rikke.get("/findings/1").text
    assert "written in a workspace" in shown
    assert "typing errors" not in shown
    assert "typing errors" in lying.browser("mads").get("/findings/1").text
    assert PAGE in rikke.get("/projects/demo").text


def test_strangers_and_tokens_hand_in_nothing(lying, settings):
    for who in ("anne", "karen", "mads"):
        assert lying.browser(who).get(PAGE).status_code == 403
    kernel = lying.bearer(token(settings))
    assert kernel.get(PAGE).status_code == 403
    assert kernel.post(PAGE, data={"name": "finding.json"}).status_code == 403
    without = lying.browser("rikke").post(PAGE, data={"name": "finding.json"})
    assert without.status_code == 403


def test_what_cannot_be_taken_is_said(lying):
    rikke = lying.browser("rikke")
    assert press(rikke, name="study.ipynb", title="Study").status_code == 422
    assert press(rikke, name="gone.ipynb", title="Study").status_code == 404
