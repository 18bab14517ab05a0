"""The portal in a real browser: nothing blocked, nothing cut off, all labelled."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from enclave.archive.jobs import enqueue_rerun
from enclave.archive.rerun_request import Wish
from enclave.jobs import queue
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders import archived
from tests.builders.axe import violations
from tests.builders.portal import PREFIX, portal
from tests.builders.projects import at, cast, project, proposal, request


pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ANALYSIS = "PAC2026Rikke_survival"
EVIL = '"><script>document.title = "owned"</script>'

# What a field or a link is called by those who cannot see it.
UNNAMED = """() => [...document.querySelectorAll("a, button, textarea, summary, img")]
  .filter(one => !one.textContent.trim() && !one.labels?.length
                 && one.getAttribute("alt") === null)
  .map(one => one.outerHTML)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def address(settings: Settings, database: Database) -> Iterator[str]:
    """A portal on loopback, with a project and an application in review."""
    cast(database)
    project(database)
    request(database, "submitted")
    proposal(database, "internal_review", title=f"Infektioner {EVIL}")
    with database.begin() as session:
        archived.record(session, ANALYSIS)
        wish = Wish("rikke")
        enqueue_rerun(session, settings, ANALYSIS, wish, clock=at())
    server = uvicorn.Server(
        uvicorn.Config(portal(settings, database), port=0, log_level="warning")
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}{PREFIX}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def visit(browser: Browser, address: str):
    """Open a page as somebody; whatever the browser complains about fails the test."""
    complaints: list[str] = []
    open_contexts = []

    def visit(who: str, path: str, width: int = 1280) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 800})
        open_contexts.append(context)
        origin = address.removesuffix(PREFIX)
        context.add_cookies([{"name": "who", "value": who, "url": origin}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address + path)
        return page

    yield visit
    for context in open_contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("language", "width"), [("da", 320), ("en", 400), ("da", 1280)]
)
def test_pages_fit_and_everything_has_a_name(visit, language: str, width: int):
    for who, path in (
        ("rikke", "/"),
        ("karen", "/"),
        ("karen", "/applications"),
        ("karen", "/applications/3"),
        ("mads", "/applications/2"),
        ("rikke", "/projects/demo"),
        ("rikke", "/code-lists"),
        ("rikke", "/saved-questions"),
        ("rikke", "/reruns"),
        ("rikke", f"/reruns/{ANALYSIS}/1"),
        ("mads", "/reruns/health"),
        ("karen", "/stops"),
        ("mads", "/display"),
    ):
        page = visit(who, f"{path}?language={language}", width)

        assert page.locator("h1").count() == 1
        assert page.locator("main").count() == 1
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(UNNAMED) == []
        assert violations(page) == [], path
        assert page.title() != "owned"


def test_a_decision_is_made_with_the_keyboard_alone(visit):
    page = visit("karen", "/applications/3?language=da")

    page.locator("summary", has_text="Returnér").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Uddyb formålet, tak.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.locator(".over .badge", has_text="Returneret").wait_for()
    assert "Uddyb formålet, tak." in page.locator(".history").inner_text()


def test_the_style_sheet_is_let_in_by_the_policy(visit):
    page = visit("rikke", "/")

    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(244, 247, 248)"


def test_a_rerun_is_asked_for_watched_and_cancelled(visit, database):
    page = visit("rikke", "/reruns?language=en")
    page.get_by_label("On which data").select_option("today", timeout=5000)
    page.get_by_label("On which data").select_option("frozen")
    page.get_by_role("button", name="Ask for it").click()
    page.get_by_role("status").get_by_text("Waiting").wait_for()

    with database.begin() as session:
        for _ in range(2):
            held = queue.claim(session, "w", {"rerun"}, clock=at())
        queue.extend(session, held, progress=(7, 20), clock=at())

    # By itself, without the page being loaded again.
    page.get_by_text("cell 7 of 20").wait_for()
    page.get_by_role("button", name="Cancel it").press("Enter")
    page.get_by_role("status").get_by_text("Cancelled").wait_for()
    with database.begin() as session:
        assert queue.extend(session, held, clock=at()) is True
