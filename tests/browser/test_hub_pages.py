"""The hub's own pages and the shell, for those who cannot see them or use a mouse."""

import pytest
from playwright.sync_api import expect

from enclave.projects import lifecycle, stops
from enclave.store.database import Database
from tests.builders.axe import violations
from tests.builders.hub import OTHER, PROJECT, open_lab, sign_in


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

WIDTHS = (1400, 400)

# Where a person may come to, and what the page is headed.
PLACES = {
    "home": "Mine projekter",
    "spawn/rikke/another-study": "Der er ikke adgang",
    "nothing/here": "Siden findes ikke",
    "token": "Her gives ingen tokens",
}


@pytest.fixture(params=["light", "dark"])
def person(browser, request):
    """Rikke, who reads Danish, by day and by night."""
    context = browser.new_context(locale="da-DK", color_scheme=request.param)
    yield context.new_page()
    context.close()


def _is_fine(page):
    """Nothing that axe finds, nothing that has to be scrolled sideways."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert violations(page) == []


def test_every_page_can_be_read_by_everybody(person, enclave):
    person.goto(enclave.url)
    person.get_by_label("Navn").fill("rikke")
    person.get_by_label("Adgangskode").fill("wrong")
    person.get_by_role("button", name="Log ind").click()
    expect(person.get_by_text("Navn eller adgangskode er forkert.")).to_be_visible()
    _is_fine(person)
    person.get_by_label("Adgangskode").fill(enclave.password)
    person.keyboard.press("Enter")
    expect(person.get_by_role("heading", name="Mine projekter")).to_be_visible()
    person.keyboard.press("Tab")
    person.keyboard.press("Enter")  # past the navigation
    person.keyboard.press("Tab")
    expect(person.locator("main :focus")).to_have_count(1)

    for path, heading in PLACES.items():
        person.goto(f"{enclave.url}/hub/{path}")
        expect(person.get_by_role("heading", name=heading)).to_be_visible()
        _is_fine(person)


def test_who_is_put_out_is_told_why(page, enclave):
    database = Database(enclave.settings.database_url)
    sign_in(page, enclave, "rikke")
    open_lab(page, enclave, "rikke")
    page.evaluate("localStorage.setItem('enclave-language', 'en')")
    _is_fine(page)
    page.set_viewport_size({"width": 1400, "height": 900})
    with database.begin() as session:
        stops.stop(session, lifecycle.get(session, PROJECT), "A leak?", "karen")
    ended = page.get_by_role("dialog", name="This workspace is closed")
    expect(ended).to_be_visible()
    assert violations(page) == []
    with database.begin() as session:
        stops.lift(session, lifecycle.get(session, PROJECT), "karen")
    database.dispose()

    ended.get_by_role("link", name="To my projects").click()

    why = page.get_by_text("Closed by the enclave.")
    expect(why.locator("..")).to_contain_text("A leak?")
    _is_fine(page)
    page.goto(f"{enclave.url}/hub/user/rikke/{PROJECT}/lab")
    expect(page.get_by_role("heading", name="This workspace is closed")).to_be_visible()
    expect(why.locator("..")).to_contain_text("A leak?")
    _is_fine(page)
    page.broken.clear()  # what is closed answers with an error, to Lab as to the person


def test_who_signs_out_in_another_tab_leaves_nothing_to_be_seen(page, enclave):
    sign_in(page, enclave, "anne")
    open_lab(page, enclave, "anne", OTHER)
    beside = page.context.new_page()
    beside.goto(f"{enclave.url}/hub/logout")
    expect(beside.get_by_label("Password")).to_be_visible()

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    told = page.get_by_role("dialog", name="You are signed out")
    expect(told).to_contain_text("The workspace goes on.")
    behind = "getComputedStyle(document.querySelector('#ended'), '::backdrop')"
    assert page.evaluate(f"{behind}.backgroundColor").startswith("rgb(")  # no rgba
    _is_fine(page)
    told.get_by_role("link", name="Sign in").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.broken.clear()  # to Lab, too, whoever is signed out is refused
