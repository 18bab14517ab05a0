"""A journal's doubt on its way: written down, approved, queued, answered, reported."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from enclave.archive import rerun_request
from enclave.jobs import queue
from enclave.projects.people import Role
from enclave.settings import Settings
from enclave.store.archive_tables import Rerun
from enclave.store.database import Database
from enclave.store.schema import upgrade
from tests.builders import archived, certified
from tests.builders.axe import violations
from tests.builders.portal import portal
from tests.builders.portal_browser import Eyes, chromium, keep_picture, served
from tests.builders.projects import at, cast, person, project


pytestmark = pytest.mark.browser

ANALYSIS = "PAC2026Rikke_survival"
WHY = (
    "A reader doubts the third number of table 2, and asks whether it comes out again."
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    settings.home.mkdir(exist_ok=True)
    made = Database(settings.database_url)
    upgrade(made)
    cast(made)
    project(made)
    with made.begin() as session:
        person(session, "kim", Role.CORE)
        archived.record(session, ANALYSIS)
    yield made
    made.dispose()


@pytest.fixture
def eyes(browser: Browser, settings: Settings, database: Database) -> Iterator[Eyes]:
    with served(portal(settings, database)) as address:
        found = Eyes(browser, address)
        yield found
        found.close()
    # What is refused on purpose, the browser says too.
    assert [one for one in found.complaints if "422" not in one] == []


def _looks_well(page: Page, name: str) -> None:
    for width in (1400, 400):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        keep_picture(page, f"{name}-{width}")
    assert violations(page) == [], name


def test_from_a_number_in_a_paper_to_a_certificate(eyes: Eyes, database: Database):
    """One of CORE writes in English, all others read Danish."""
    page = eyes.visit("karen", "/reruns?language=en")
    _looks_well(page, "reruns")
    page.get_by_role("button", name="Write a request for a journal").click()
    _wrong_then_right(page)
    page.locator('button[value="submit"]').dblclick()
    expect(page.locator(".history li")).to_have_count(2)

    number = page.url.rpartition("/")[2]
    kim = eyes.visit("kim", f"/applications/{number}?language=da")
    kim.locator('button[value="approve"]').dblclick()
    expect(kim.locator(".history li")).to_have_count(3)
    expect(kim.locator("[aria-labelledby=rerun]")).to_contain_text("Venter")
    # There is nothing to record yet.
    expect(kim.locator('button[value="execute"]')).to_have_count(0)
    with database.begin() as session:
        assert session.query(Rerun).count() == 1

    _answer(database)
    kim.reload()
    expect(kim.locator("[aria-labelledby=rerun]")).to_contain_text("Afviger")
    _looks_well(kim, "request")
    kim.locator('button[value="execute"]').click()
    ole = eyes.visit("ole", f"/applications/{number}?language=da")
    ole.locator('button[value="compare"]').click()
    expect(ole.locator("[aria-labelledby=rerun]")).to_contain_text("editor@journal.org")
    ole.locator("[aria-labelledby=rerun] a").click()
    expect(ole.locator("#standing")).to_contain_text("Afviger")
    _looks_well(ole, "rerun")


def _wrong_then_right(page: Page) -> None:
    """What was known is there; what is wrong is said without a pattern or a code."""
    assert page.locator("#in-project").input_value() == "demo"
    assert page.locator("#in-analysis").input_value() == ANALYSIS
    fields = {
        "organisation": "Journal of Numbers",
        "contact": "editor@journal.org",
        "reference": "MS-17",
        "why": WHY,
        "kernel": "the newest",
        "analysis": "table 2",
        "deadline": "2020-01-01",
    }
    page.locator("#in-asked_by").select_option("journal")
    for name, text in fields.items():
        page.locator(f"#in-{name}").fill(text)
    page.get_by_role("button", name="Save and look at it").click()
    page.locator('button[value="submit"]').click()
    refused = page.locator("main")
    expect(refused).to_contain_text("is not archived in this project")
    expect(refused).to_contain_text("has passed")
    expect(refused).not_to_contain_text("^")
    _looks_well(page, "refused")
    page.go_back()
    address = page.url.removesuffix("/edit")
    page.goto(f"{address}/edit")
    for name, text in {"kernel": "", "analysis": ANALYSIS, "deadline": ""}.items():
        page.locator(f"#in-{name}").fill(text)
    page.get_by_role("button", name="Save and look at it").click()


def _answer(database: Database) -> None:
    """Do on record what a worker does."""
    with database.begin() as session:
        held = queue.claim(session, "w", {"rerun"}, clock=at())
        assert held is not None
        asked = session.query(Rerun).one()
        certificate = certified.certificate(ANALYSIS, asked.number, "differs")
        rerun_request.conclude(session, asked, certificate, clock=at())
        queue.finish(session, held, {"verdict": "differs", "cause": None})
