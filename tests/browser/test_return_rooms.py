"""The rooms of giving back in a real browser, in both languages, wide and narrow.

Nothing is cut off, and everything has a name: findings, the return page with what is on
its way and what was refused, publications, and the end of a project.
"""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from enclave.archive.jobs import ARCHIVE
from enclave.delivery.deliver import deliver
from enclave.jobs import queue
from enclave.projects.machine import Kind
from enclave.returns import folder
from enclave.returns.findings import desk
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.schema import upgrade
from enclave.warehouse.warehouse import Warehouse
from tests.builders import archived, installation, project_forms
from tests.builders.axe import violations
from tests.builders.portal import portal
from tests.builders.portal_browser import UNNAMED, Eyes, chromium, keep_picture, served
from tests.builders.projects import at, project, take


pytestmark = pytest.mark.browser

LONG = "Hospitalsindlæggelsesvarighedsundersøgelsesresultaterne"
ANALYSIS = "PAC2026Rikke_" + "survival-of-everybody-" * 4
REFUSAL = (
    "The analysis is not archived, because it did not run cleanly: model.R: cell 7"
    " failed (error). Run it in the workspace from a fresh kernel until it does, then"
    " submit it again."
)
FORM = {
    "variable": "lab.value",
    "source": LONG,
    "pattern": f"Values above ten are typing errors of the analyser: {LONG}.",
    "evidence": f"lab[lab.value > 10].groupby('{LONG}').size()  # " + "x" * 150,
    "rule": {"kind": "limits", "variable": "lab.value", "highest": 10},
}
ROOMS = (
    ("rikke", "/findings"),
    ("rikke", "/findings/1"),
    ("mads", "/findings/1"),
    ("anne", "/findings"),
    ("rikke", "/projects/demo/return"),
    ("rikke", "/projects/empty/return"),
    ("rikke", "/projects/ended/close-out"),
    ("karen", "/projects/ended/close-out"),
    ("karen", "/projects/ended"),
    ("rikke", "/projects/none/return"),
)


def furnish(settings: Settings, database: Database) -> None:
    """A finding, a full and an empty return folder, and a project at its end."""
    installation.set_up(settings, database)
    grant = installation.issued(settings, database)
    deliver(settings, database, grant.id, clock=at())
    place = folder.place_of(settings, "demo")
    place.mkdir(parents=True)
    (place / "finding.json").write_text(json.dumps(FORM))
    (place / f"{LONG.lower()}.ipynb").write_text("{}")
    (place / "notes.docx").write_text("?")
    for short_name in ("empty", "ended"):
        project(database, short_name=short_name)
    catalogue = Warehouse(settings).snapshot().catalogue
    with database.begin() as session:
        desk.submit(session, FORM, catalogue, actor="rikke", project="demo", clock=at())
        archived.record(session, ANALYSIS)
        on_its_way(session, "running", step=3, steps=20)
        on_its_way(session, "failed", message=REFUSAL)
        project_forms.archive(session, "ended")
        number = project_forms.draft(session, Kind.CLOSE_OUT, "ended")
        for action, who in (
            ("submit", "rikke"),
            ("start_return_check", "mads"),
            ("archive", "mads"),
        ):
            take(session, number, action, who)


def on_its_way(session: Session, state: str, **more: object) -> None:
    payload = {"project": "demo", "account": "rikke", "title": f"{LONG} {state}"}
    job = queue.enqueue(session, ARCHIVE, payload, clock=at())
    job.state = state
    for name, value in more.items():
        setattr(job, name, value)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings.at(tmp_path_factory.mktemp("returns") / "home")
    settings.home.mkdir()
    database = Database(settings.database_url)
    upgrade(database)
    furnish(settings, database)
    with served(portal(settings, database)) as found:
        yield found
    database.dispose()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def eyes(browser: Browser, address: str) -> Iterator[Eyes]:
    found = Eyes(browser, address)
    yield found
    found.close()
    # What is refused on purpose, the browser says too.
    refused = ("404", "422")
    complaints = [one for one in found.complaints if not any(r in one for r in refused)]
    assert complaints == []


@pytest.mark.parametrize(("language", "widths"), [("da", (1400, 320)), ("en", (400,))])
def test_pages_fit_and_everything_has_a_name(
    eyes: Eyes, language: str, widths: tuple[int, ...]
):
    for who, path in ROOMS:
        page = eyes.visit(who, f"{path}?language={language}", widths[0])
        assert page.locator("h1").count() == 1, path
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate(UNNAMED) == [], path
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            keep_picture(page, f"{language}-{who}{path.replace('/', '-')}-{width}")
            widest = page.evaluate("document.documentElement.scrollWidth")
            assert widest <= width, path
        assert violations(page) == [], path


def test_a_publication_is_named_and_a_wrong_one_refused(eyes: Eyes):
    page = eyes.visit("rikke", "/projects/demo/return?language=da", 400)
    page.get_by_label("DOI").fill("not a doi")
    page.get_by_label("DOI").press("Enter")
    expect(page.locator("h1")).to_be_visible()
    keep_picture(page, "da-refused-doi-400")
    assert page.evaluate("document.documentElement.scrollWidth") <= 400

    page = eyes.visit("rikke", "/projects/demo/return?language=da", 400)
    page.get_by_label("DOI").fill("10.1136/bmjopen-2024-089966")
    page.get_by_label("DOI").press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    expect(page.get_by_role("link", name="10.1136/bmjopen-2024-089966")).to_be_visible()
    keep_picture(page, "da-publication-400")


def test_a_rule_asks_only_for_what_it_needs(eyes: Eyes):
    page = eyes.visit("rikke", "/findings?language=en", 400)
    kind = page.get_by_label("What loads shall do")
    expect(page.get_by_label("Highest right value")).to_be_hidden()
    kind.select_option("limits")
    expect(page.get_by_label("Highest right value")).to_be_visible()
    expect(page.get_by_label("To unit")).to_be_hidden()
    kind.select_option("convert")
    expect(page.get_by_label("To unit")).to_be_visible()
    keep_picture(page, "en-rule-400")


def test_what_cannot_be_handed_in_is_said(eyes: Eyes):
    page = eyes.visit("rikke", "/projects/demo/return?language=da", 400)

    expect(page.get_by_text("Ikke vist, fordi det ikke kan afleveres")).to_contain_text(
        "som det er: 2."
    )
    assert "docx" not in page.content()
