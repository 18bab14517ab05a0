"""The portal in a real browser, in both languages, wide and narrow.

Nothing is blocked, nothing cut off, everything has a name.
"""

import hashlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Route, expect

from enclave.jobs import queue
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.schema import upgrade
from tests.builders import own_data
from tests.builders.axe import violations
from tests.builders.furnished import ANALYSIS, GOOD, furnish
from tests.builders.portal import portal
from tests.builders.portal_browser import UNNAMED, Eyes, chromium, keep_picture, served
from tests.builders.projects import at


pytestmark = pytest.mark.browser

Installed = tuple[Settings, Database]
# Who looks at which page; the numbers are those of the fixture below.
ROOMS = (
    ("rikke", "/"),
    ("rikke", "/agreement"),
    ("rikke", "/training"),
    ("rikke", "/training/1"),
    ("anne", "/training/2"),
    ("karen", "/institutions"),
    ("rikke", "/applications/new"),
    ("rikke", "/applications/2"),
    ("rikke", "/applications/2/edit"),
    ("rikke", "/applications/3/edit"),
    ("mads", "/cpr-extracts/4"),
    ("rikke", "/cpr-extracts/link/a4.secret"),
    ("rikke", "/own-data/5"),
    ("mads", "/own-data/6"),
    ("rikke", "/notices"),
    ("karen", "/stops"),
    ("mads", "/display"),
    ("rikke", "/register"),
    ("rikke", "/digest"),
    ("rikke", "/guidance"),
    ("rikke", "/projects/demo"),
    ("karen", "/"),
    ("karen", "/applications"),
    ("karen", "/applications/7"),
    ("sune", "/applications/9"),
    ("mads", "/applications/5"),
    ("karen", "/notices"),
    ("rikke", "/code-lists"),
    ("rikke", "/saved-questions"),
    ("rikke", "/reruns"),
    ("rikke", f"/reruns/{ANALYSIS}/1"),
    ("mads", "/reruns/health"),
    ("rikke", "/projects/demo/deliveries/1"),
    ("mads", "/projects/demo/deliveries/1"),
    ("mads", "/applications/10"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """An installation that all tests here look at; each changes what no other needs."""
    folder = tmp_path_factory.mktemp("rooms")
    settings = Settings.at(folder / "home")
    settings.home.mkdir()
    database = Database(settings.database_url)
    upgrade(database)
    furnish(settings, database, folder)
    yield settings, database
    database.dispose()


@pytest.fixture
def database(installed: Installed) -> Database:
    return installed[1]


@pytest.fixture(scope="module")
def address(installed: Installed) -> Iterator[str]:
    with served(portal(*installed)) as found:
        yield found


@pytest.fixture
def eyes(browser: Browser, address: str) -> Iterator[Eyes]:
    found = Eyes(browser, address)
    yield found
    found.close()
    assert found.complaints == []


@pytest.mark.parametrize(("language", "widths"), [("da", (1400, 320)), ("en", (400,))])
def test_pages_fit_and_everything_has_a_name(
    eyes: Eyes, language: str, widths: tuple[int, ...]
):
    for who, path in ROOMS:
        page = eyes.visit(who, f"{path}?language={language}", widths[0])
        assert page.locator("h1").count() == 1, path
        assert page.locator("main").count() == 1, path
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate(UNNAMED) == [], path
        assert page.title() != "owned"
        for width in widths:
            page.set_viewport_size({"width": width, "height": 800})
            widest = page.evaluate("document.documentElement.scrollWidth")
            keep_picture(page, f"{language}{path.replace('/', '-')}-{width}")
            assert widest <= width, path
        # At the last width: the menus fold and the tables turn there.
        assert violations(page) == [], path


def test_a_decision_is_made_with_the_keyboard_alone(eyes: Eyes):
    page = eyes.visit("karen", "/applications/8?language=da")

    page.locator("summary", has_text="Returnér").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Uddyb formålet, tak.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    page.locator(".over .badge", has_text="Returneret").wait_for()
    assert "Uddyb formålet, tak." in page.locator(".history").inner_text()


def test_the_style_sheet_is_let_in_by_the_policy(eyes: Eyes):
    page = eyes.visit("rikke", "/guidance")

    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(244, 247, 248)"


def test_a_rerun_is_asked_for_watched_and_cancelled(eyes: Eyes, database: Database):
    page = eyes.visit("rikke", "/reruns?language=en")
    # The one of the fixture is on the data of then, and she asked for it today.
    page.get_by_label("On which data").select_option("today", timeout=5000)
    page.get_by_role("button", name="Ask for it").click()
    page.get_by_role("status").get_by_text("Waiting").wait_for()

    # The one of the fixture waits longer.
    with database.begin() as session:
        queue.claim(session, "other", {"rerun"}, clock=at())
        held = queue.claim(session, "w", {"rerun"}, clock=at())
        queue.extend(session, held, progress=(7, 20), clock=at())

    # By itself, without the page being loaded again.
    page.get_by_text("cell 7 of 20").wait_for()
    page.get_by_role("button", name="Cancel it").press("Enter")
    page.get_by_role("status").get_by_text("Cancelled").wait_for()
    with database.begin() as session:
        assert queue.extend(session, held, clock=at()) is True


# Nothing, less and more than a block with its padding, letters beyond ASCII, 10 MB.
CONTENTS = (
    b"",
    b"x",
    "Rødgrød med fløde, æøå ÆØÅ €".encode(),
    *(b"y" * size for size in (55, 56, 63, 64, 65, 119, 120)),
    bytes(range(256)) * 40_960,
)
HASHED = """async ([address, piece]) => {
  const bytes = new Uint8Array(await (await fetch(address)).arrayBuffer());
  const hash = new Sha256();
  for (let at = 0; at < bytes.length; at += piece) {
    hash.add(bytes.subarray(at, at + piece));
  }
  return hash.hex();
}"""


def test_the_browsers_hash_of_a_file_is_the_servers(eyes: Eyes):
    page = eyes.visit("rikke", "/guidance")
    static = page.url.partition("/guidance")[0] + "/static"
    page.add_script_tag(url=f"{static}/sha256.js")
    file = f"{static}/file"
    sent: list[bytes] = []
    page.route(file, lambda route: route.fulfill(body=sent[-1]))

    for content in CONTENTS:
        sent.append(content)
        for piece in (100, 3 << 20) if len(content) < 1000 else (999_999,):
            found = page.evaluate(HASHED, [file, piece])
            assert found == hashlib.sha256(content).hexdigest(), (len(content), piece)


def test_a_file_goes_on_where_it_stopped_and_arrives(eyes: Eyes, tmp_path):
    file = own_data.write(tmp_path / "good.csv", GOOD)
    page = eyes.visit("rikke", "/own-data/5?language=da")

    page.locator("#own-file").set_input_files(file)
    page.get_by_role("button", name="Overfør den").press("Enter")

    expect(page.locator(".over .badge")).to_have_text("Overført", timeout=20_000)
    mads = eyes.visit("mads", "/own-data/5?language=da")
    mads.get_by_role("button", name="Se den igennem").click()
    expect(mads.get_by_role("status")).to_contain_text("under udførelse")


def test_a_file_is_attached_with_the_keyboard_and_removed(eyes: Eyes, tmp_path):
    file = tmp_path / "kodebog.csv"
    file.write_text("navn,værdi\nkøn,1\n")
    page = eyes.visit("rikke", "/applications/2/edit?language=da")
    page.locator("#attach-file").set_input_files(file)
    page.get_by_role("button", name="Vedhæft den").press("Enter")
    expect(page.get_by_role("link", name="kodebog.csv")).to_be_visible()

    page.get_by_role("button", name="Fjern kodebog.csv").press("Enter")

    expect(page.get_by_role("link", name="kodebog.csv")).to_have_count(0)
    page = eyes.visit("rikke", "/applications/2")
    expect(page.locator(".history")).to_contain_text("Fjernet: kodebog.csv")


def test_who_is_signed_out_while_typing_is_told_and_loses_nothing(eyes: Eyes):
    page = eyes.visit("rikke", "/applications/2/edit?language=da")
    field = page.locator('[name="background"]')
    field.fill("Før.")
    expect(page.locator("#saved")).to_contain_text("Gemt")
    signed_in = page.context.cookies()
    page.context.clear_cookies()

    field.fill("Imens.")
    expect(page.locator("#saved [role=alert]")).to_contain_text("du er logget ud")
    page.context.add_cookies(signed_in)
    field.fill("Bagefter.")

    expect(page.locator("#saved")).to_contain_text("Gemt")
    page.reload()
    assert page.locator('[name="background"]').input_value() == "Bagefter."
    # The browser itself tells of what was refused.
    assert all("401" in one for one in eyes.complaints)
    eyes.complaints.clear()


def test_a_draft_that_was_refused_is_not_left_unasked(eyes: Eyes):
    page = eyes.visit("rikke", "/applications/2/edit?language=da")
    late = page.context.new_page()
    late.goto(page.url)
    page.locator('[name="background"]').fill("I det ene faneblad.")
    expect(page.locator("#saved")).to_contain_text("Gemt")

    late.locator('[name="background"]').press_sequentially("I det andet.")
    expect(late.locator("#saved [role=alert]")).to_be_visible()

    with late.expect_event("dialog") as asked:
        late.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert late.locator('[name="background"]').input_value().startswith("I det andet.")


def test_who_saves_while_a_draft_is_being_kept_is_not_refused(eyes: Eyes):
    """Of two saves at once, one would have an old version."""
    page = eyes.visit("rikke", "/applications/2/edit?language=da")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/draft", hold)
    page.locator('[name="background"]').fill("Imens der gemmes.")
    page.wait_for_timeout(1_000)
    page.locator('[name="hypothesis"]').fill("Og lige bagefter.")

    page.get_by_role("button", name="Gem og se den").click(no_wait_after=True)
    (kept,) = held
    kept.continue_()

    expect(page.locator("main")).to_contain_text("Og lige bagefter.")
    assert len(held) == 1


def test_of_two_tabs_the_second_is_told_and_led_back(eyes: Eyes):
    page = eyes.visit("karen", "/applications/7?language=da")
    late = page.context.new_page()
    late.goto(page.url)
    page.locator('button[value="send_to_sac"]').click()
    page.locator(".over .badge", has_text="Videnskabelig").wait_for()

    late.locator('button[value="send_to_sac"]').click()

    assert "ændret, mens du så på den" in late.get_by_role("alert").inner_text()
    late.get_by_role("link", name="Se ansøgning 7, som den er nu").click()
    expect(late.locator(".over .badge")).to_contain_text("Videnskabelig")
