"""Six people take a project from a counted question to its data and an amendment.

In both languages, through pages alone: what a person cannot press here did not happen.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser, Page

from enclave.cohort.packing import pack
from enclave.delivery import deliver
from enclave.jobs.states import JobState
from enclave.jobs.worker import Worker, silent
from enclave.projects import demo_forms
from enclave.projects.training import attempts
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Account
from tests.builders import axe, installation
from tests.builders.attached_files import pdf
from tests.builders.portal import PREFIX, portal
from tests.builders.portal_browser import chromium, served
from tests.builders.projects import QUESTION, TODAY, cast
from tests.conftest import ROOT


pytestmark = pytest.mark.browser

WHY = "Needed for the model of the analysis plan."
SECTIONS = {
    **demo_forms._SECTIONS,
    "variables_wanted": "\n".join(f"{one}: {WHY}" for one in installation.VARIABLES),
    "title": "Infektion efter første diagnose",
    "short_name": "infektion",
    "end_date": (TODAY + timedelta(days=700)).isoformat(),
    "enclave_use.gigabytes": "20",
    "enclave_use.outputs_per_month": "2",
}
WHYS = sorted(SECTIONS["variables_wanted"].splitlines())
LATER = (TODAY + timedelta(days=1500)).isoformat()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def address(settings: Settings, database: Database) -> Iterator[str]:
    """A portal on loopback, with a loaded warehouse and one person of each role."""
    installation.load(settings)
    cast(database)
    with database.begin() as session:
        anne = session.get_one(Account, "anne")
        anne.agreement_until = anne.training_until = None
    with served(portal(settings, database)) as found:
        yield found


Pages = Callable[[str], "Desk"]


class Desk:
    """One person's browser window."""

    def __init__(self, page: Page, address: str, language: str) -> None:
        self.page, self._address, self._language = page, address, language

    def go(self, path: str) -> "Desk":
        joint = "&" if "?" in path else "?"
        self.page.goto(f"{self._address}{path}{joint}language={self._language}")
        return self

    def fill(self, name: str, value: str) -> None:
        self.page.locator(f'[name="{name}"]').fill(value)

    def read(self, name: str) -> str:
        return self.page.locator(f'[name="{name}"]').input_value()

    def choose(self, name: str, value: str) -> None:
        self.page.locator(f'select[name="{name}"]').select_option(value)

    def press(self, action: str, reason: str = "") -> None:
        """Press a button of the panel, opening its fold where it has one."""
        button = self.page.locator(f'button[name="action"][value="{action}"]')
        fold = self.page.locator("details", has=button)
        if fold.count():
            fold.locator("summary").click()
            if reason:
                fold.locator("textarea").fill(reason)
        with self.page.expect_navigation():
            button.click()

    def send(self, ending: str, **fields: str) -> None:
        """Fill in a form of the page that leads to an address, and send it."""
        form = self.page.locator(f'form[action$="{ending}"]')
        fold = self.page.locator("details", has=form)
        if fold.count() and not form.is_visible():
            fold.locator("summary").click()
        for name, value in fields.items():
            field = form.locator(f'[name="{name}"]')
            tag = field.evaluate("one => one.tagName")
            field.select_option(value) if tag == "SELECT" else field.fill(value)
        with self.page.expect_navigation():
            form.locator("button").first.click()

    def state(self) -> str:
        badge = self.page.locator(".over .badge").first
        return str(badge.get_attribute("class")).removeprefix("badge ")

    def check(self, name: str) -> None:
        """Nobody is shut out, nothing is cut off, and a picture is kept."""
        assert axe.violations(self.page) == []
        folder = ROOT / "test-results" / "browser"
        folder.mkdir(parents=True, exist_ok=True)
        for width in (400, 1400):
            self.page.set_viewport_size({"width": width, "height": 900})
            wide = self.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (name, width)
            file = folder / f"applications-{name}-{self._language}-{width}.png"
            self.page.screenshot(path=file, full_page=True)


@pytest.fixture
def desk(browser: Browser, address: str, language: str) -> Iterator[Pages]:
    """Sit down as somebody; whatever the browser complains about fails the test."""
    complaints: list[str] = []
    desks: dict[str, Desk] = {}

    def sit_down(who: str) -> Desk:
        if who not in desks:
            context = browser.new_context(viewport={"width": 1400, "height": 900})
            url = address.removesuffix(PREFIX)
            context.add_cookies([{"name": "who", "value": who, "url": url}])
            page = context.new_page()
            page.on(
                "console",
                lambda message: complaints.append(f"{message.text} {page.url}"),
            )
            page.on("pageerror", lambda error: complaints.append(str(error)))
            desks[who] = Desk(page, address, language)
        return desks[who]

    yield sit_down
    for one in desks.values():
        one.page.context.close()
    assert complaints == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["en", "da"])
def test_six_people_from_a_question_to_data_and_an_amendment(
    desk: Pages, settings: Settings, database: Database, language: str
):
    _propose(desk)
    _review(desk, language)
    _request(desk)
    first = _deliver(settings, database)
    _open(desk, 2, language)
    _amend(desk, language)
    _request_more(desk)
    second = _deliver(settings, database)
    _open(desk, 4, language)
    _changed_what_is_delivered(first, second)
    _let_in(desk, database, language)
    _look_around(desk)


def _propose(desk: Pages) -> None:
    rikke = desk("rikke").go(f"/proposals/new?question={pack(QUESTION)}")
    with rikke.page.expect_navigation():
        rikke.page.locator("main form button").first.click()
    rikke.go("/applications/1/edit")
    for name, value in SECTIONS.items():
        rikke.fill(name, value)
    _say_of_each_authority(rikke)
    # Who she is, her account says.
    assert rikke.read("group.0.email") == "rikke@demo.example"
    assert rikke.read("group.0.role") == "leader"
    for tick in ("dnrf_funding", "feasibility_done", "enclave_use.tools.r"):
        rikke.page.locator(f'[name="{tick}"]').check()
    rikke.page.locator('[name="will_return_data_and_code"]').check()
    # Saved as it was typed, without a button.
    rikke.page.locator("#saved li").first.wait_for(state="detached")
    _attach(rikke)
    rikke.check("edit")
    rikke.page.locator("form[hx-target='#count'] button").click()
    rikke.page.locator("#count strong").wait_for()
    rikke.go("/applications/1")
    rikke.press("submit")
    assert rikke.state() == "submitted"


def _say_of_each_authority(rikke: Desk) -> None:
    """The form asks about five by name; two are needed here."""
    needed = {"fortegnelse": "P-2026-123", "regionsraad": "R-26012345"}
    for row in range(5):
        of_row = f"approvals.{row}"
        authority = rikke.page.locator(f'[name="{of_row}.authority"]').input_value()
        number = needed.pop(authority, None)
        if number is None:
            rikke.choose(f"{of_row}.status", "not_applicable")
            continue
        rikke.choose(f"{of_row}.status", "obtained")
        rikke.fill(f"{of_row}.journal_number", number)
        rikke.fill(f"{of_row}.decision_date", "2026-09-01")
    assert needed == {}


def _attach(rikke: Desk) -> None:
    """Attach the region's letter, and name it where the form asks for it."""
    letter = {
        "name": "R-26012345.pdf",
        "mimeType": "application/pdf",
        "buffer": pdf("Approved"),
    }
    rikke.page.locator("#attach-file").set_input_files(letter)
    with rikke.page.expect_navigation():
        rikke.page.locator('form[enctype="multipart/form-data"] button').click()
    rikke.fill("approvals.3.document", letter["name"])
    with rikke.page.expect_navigation():
        rikke.page.locator('button[name="done"]').click()
    rikke.go("/applications/1/edit")


def _review(desk: Pages, language: str) -> None:
    karen, rikke, erik = desk("karen"), desk("rikke"), desk("erik")
    karen.go("/")
    karen.page.locator(".card.due a").click()
    with karen.page.expect_download() as download:
        karen.page.get_by_role("link", name="R-26012345.pdf").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    karen.press("start_review")
    karen.send("/comment", field="aims", text="Say which aim comes first.")
    karen.press("return", "See the comment on the aims.")
    rikke.go("/applications/1")
    assert "Say which aim comes first." in rikke.page.locator("main").inner_text()
    rikke.go("/applications/1/edit").fill("aims", "First to count, then to compare.")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[name="done"]').click()
    rikke.press("submit")
    karen.go("/applications/1")
    said = {"en": "rewrites “Aims”", "da": "omskriver “Formål”"}[language]
    assert said in karen.page.locator("main").inner_text()
    karen.press("start_review")
    karen.press("send_to_sac")
    for who in ("sanne", "sune"):
        reviewer = desk(who).go("/applications/1")
        reviewer.send("/vote", choice="approve", score="5", remark="Sound and useful.")
    desk("sanne").go("/applications/1").check("vote")
    karen.go("/applications/1").press("send_to_excom")
    erik.go("/applications/1").press("approve")
    assert erik.state() == "approved"


def _request(desk: Pages) -> None:
    rikke = desk("rikke").go("/applications/new?project=infektion")
    rikke.check("new")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[value="data_request"]').click()
    # What the proposal said is there already.
    assert rikke.read("variables").split() == [*installation.VARIABLES]
    assert sorted(rikke.read("justifications").splitlines()) == WHYS
    assert rikke.read("members") == "rikke"
    rikke.fill("window.start", "2010-01-01")
    rikke.fill("window.end", "2011-12-31")
    rikke.choose("date_policy", "real")
    # Saved before anything looks at the page: the two would get in each other's way.
    rikke.page.locator("#saved li").first.wait_for(state="detached")
    rikke.check("request")
    _agree(desk, 2)


def _agree(desk: Pages, number: int) -> None:
    """Save the form that is open, hand it in, and have it checked and extracted."""
    rikke = desk("rikke")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[name="done"]').click()
    rikke.press("submit")
    desk("karen").go(f"/applications/{number}").press("check_approvals")
    mads = desk("mads").go(f"/applications/{number}")
    mads.press("agree_specification")
    mads.press("extract")
    assert mads.state() == "qa"


def _open(desk: Pages, number: int, language: str) -> None:
    """Look at the first version, to which nobody has come yet, and open it."""
    rikke = desk("rikke").go("/projects/infektion").page
    if number == 2:
        assert BEING_LOOKED_AT[language] in rikke.inner_text("main")
    mads = desk("mads").go(f"/applications/{number}")
    mads.check("quality")
    with mads.page.expect_navigation():
        mads.page.locator('a[href*="/deliveries/"]').click()
    assert "lab.value" in mads.page.inner_text("main")
    mads.go(f"/applications/{number}").press("activate")
    assert mads.state() == "active"


def _request_more(desk: Pages) -> None:
    """A second request begins as the first one, with what the amendment added."""
    rikke = desk("rikke").go("/applications/new?project=infektion")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[value="data_request"]').click()
    assert rikke.read("variables").split() == [*installation.VARIABLES]
    assert sorted(rikke.read("justifications").splitlines()) == WHYS
    assert rikke.read("window.end") == "2013-12-31"
    assert rikke.read("date_policy") == "real"
    assert rikke.read("members").split() == ["anne", "rikke"]
    _agree(desk, 4)


def _deliver(settings: Settings, database: Database) -> Path:
    """Let a worker deliver what was agreed; return the folder of its tables."""
    there = {*settings.deliveries.rglob("lab.parquet")}
    hand = Worker(
        database, {deliver.JOB: silent(partial(deliver.carry_out, settings, database))}
    )
    outcome = hand.run_one()
    assert outcome is not None
    assert outcome.state is JobState.DONE
    (made,) = {*settings.deliveries.rglob("lab.parquet")} - there
    return made.parent


def _changed_what_is_delivered(first: Path, second: Path) -> None:
    """The added years are there, of the same persons; the first delivery stays."""
    before, after = (pq.read_table(one / "lab.parquet") for one in (first, second))
    assert pc.max(before["date"]).as_py().year == 2011
    assert pc.max(after["date"]).as_py().year == 2013
    assert after.num_rows > before.num_rows > 0
    earlier = {*map(tuple, map(dict.values, before.to_pylist()))}
    assert earlier < {*map(tuple, map(dict.values, after.to_pylist()))}


def _amend(desk: Pages, language: str) -> None:
    rikke, karen = desk("rikke"), desk("karen")
    rikke.go("/applications/new")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[value="amendment"]').click()
    rikke.fill("reason", "Two more years are needed, and Anne joins the analysis.")
    rikke.fill("end_date", LATER)
    rikke.fill("window.end", "2013-12-31")
    person = {"name": "Anne", "email": "anne@demo.example", "institution": "RH"}
    for name, value in person.items():
        rikke.fill(f"group.1.{name}", value)
    with rikke.page.expect_navigation():
        rikke.page.locator('button[name="done"]').click()
    rikke.press("submit")
    karen.go("/applications/3")
    text = karen.page.locator("main").inner_text()
    for said in {
        "en": ("adds 2 years of data", "adds 1 person (Anne)", "prolongs the project"),
        "da": (
            "tilføjer 2 års data",
            "tilføjer 1 person (Anne)",
            "forlænger projektet",
        ),
    }[language]:
        assert said in text
    karen.press("start_review")
    karen.check("amendment")
    karen.press("approve")
    page = desk("anne").go("/projects/infektion").page
    assert LATER in page.locator("main").inner_text()


BEING_LOOKED_AT = {
    "en": "is being looked at",
    "da": "bliver set igennem",
}
NOT_ACCEPTED = {
    "en": "has not accepted the user agreement",
    "da": "har ikke accepteret brugeraftalen",
}


def _let_in(desk: Pages, database: Database, language: str) -> None:
    """Anne accepts the agreement and passes the test, which she was shut out for."""
    anne = desk("anne").go("/projects/infektion")
    assert NOT_ACCEPTED[language] in anne.page.inner_text(".notice")
    anne.go("/agreement")
    anne.page.locator('[name="read"]').check()
    anne.check("agreement")
    anne.send("/agreement")
    anne.go("/training").send("/training")
    with database.begin() as session:
        (drawn,) = attempts.every(session, "anne")
        right = [one.right for one in attempts.asked(drawn)]
    for number, option in enumerate(right):
        answer = f'[name="answer-{number}"][value="{option}"]'
        anne.page.locator(answer).check()
    anne.check("training")
    anne.send(f"/training/{drawn.id}")
    anne.check("trained")
    # The second grant names her, as the amendment did.
    anne.go("/projects/infektion")
    assert anne.page.locator("main .notice").count() == 0
    assert anne.page.locator('a[href$="/rikke/infektion"]').count() == 0
    assert anne.page.locator('a[href$="/anne/infektion"]').is_visible()


def _look_around(desk: Pages) -> None:
    for path in ("/register", "/guidance", "/notices", "/digest", "/"):
        desk("rikke").go(path).check(path.strip("/") or "home")
