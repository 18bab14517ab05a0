"""The page that says why a number would be another one today."""

import re

import pytest
from sqlalchemy import text

from enclave.delivery.deliver import deliver
from tests.builders import installation, project_forms
from tests.builders.portal import portal, visits
from tests.builders.projects import at
from tests.unit.archive.test_change import LATER, changed, load_again


PAGE = "/projects/demo/changes"


@pytest.fixture
def today(settings, database):
    """The portal a hundred days after an analysis was archived."""
    installation.set_up_for_long(settings, database)
    grant = installation.issued(settings, database)
    deliver(settings, database, grant.id, clock=at())
    with database.begin() as session:
        project_forms.archive(session, "demo")
    load_again(settings, changed)
    with visits(portal(settings, database, clock=LATER)) as door:
        yield door


def ask(browser, **fields):
    page = browser.get(PAGE).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    return browser.post(PAGE, data={**hidden, **fields})


def test_a_member_reads_why(today, database):
    rikke = today.browser("rikke")
    assert PAGE in rikke.get("/projects/demo").text
    page = ask(rikke).text
    assert "snapshot 1 to 2" in page
    assert "new patients" in page
    assert "few or none" in page
    with database.begin() as session:
        assert session.scalar(text("SELECT count(*) FROM disclosure_answer")) == 1


def test_others_do_not(today):
    assert today.browser("anne").get(PAGE).status_code == 403
    assert ask(today.browser("rikke"), analysis="PAC2026x").status_code == 404
    assert ask(today.browser("rikke"), csrf="x").status_code == 403
