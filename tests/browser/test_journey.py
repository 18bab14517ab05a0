"""A researcher signs in, opens the workspace, reads data, and counts patients."""

import re

import pytest
from playwright.sync_api import expect

from tests.builders.hub import PROJECT, open_lab, sign_in
from tests.builders.hub_person import Person


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

CELL = """import pandas as pd
lab = pd.read_parquet("/project/data/lab.parquet")
print("rows read:", len(lab))"""


def _picture(page, pictures, name):
    """Take pictures for a laptop and for a telephone."""
    for width in (1400, 400):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(500)
        page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} has to be scrolled sideways at {width} px"
    page.set_viewport_size({"width": 1400, "height": 900})


@pytest.fixture
def no_workspace(enclave):
    """Close what an earlier test may have left open."""
    person = Person(enclave, "rikke")
    person.close()
    person.http.close()


@pytest.mark.usefixtures("no_workspace")
def test_from_sign_in_to_a_cell_that_reads_the_data(page, enclave, pictures):
    page.goto(enclave.url)
    _picture(page, pictures, "sign-in")
    sign_in(page, enclave, "rikke")
    _picture(page, pictures, "home")
    page.get_by_role("link", name="Open workspace").click()
    page.wait_for_url(f"**/user/rikke/{PROJECT}/**")
    open_lab(page, enclave, "rikke")
    page.screenshot(path=pictures / "lab.png")

    inside = page.frame_locator("#workspace")
    inside.locator(".jp-LauncherCard[data-category=Notebook]").first.click()
    inside.get_by_text("| Idle").wait_for()
    inside.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.insert_text(CELL)
    page.keyboard.press("Shift+Enter")
    output = inside.locator(".jp-OutputArea-output").first
    expect(output).to_contain_text(re.compile(r"rows read: [1-9]\d+"))
    page.screenshot(path=pictures / "cell.png")

    # Saved, so that the browser does not ask whether to leave.
    page.keyboard.press("Control+s")
    inside.get_by_role("button", name="Rename").click()
    expect(inside.locator(".jp-Dialog")).to_have_count(0)
    page.wait_for_timeout(1000)
    page.get_by_role("link", name="My projects").click()
    expect(page.get_by_role("link", name="Back to the workspace")).to_be_visible()
    page.get_by_role("button", name="Close it").click()
    expect(page.get_by_role("link", name="Open workspace")).to_be_visible()


def test_the_feasibility_dashboard_shows_a_count(page, enclave, pictures):
    sign_in(page, enclave, "rikke")
    page.get_by_role("link", name=re.compile("^Count patients")).first.click()
    page.wait_for_url("**/services/feasibility/**")
    count = page.get_by_role("button", name="Count", exact=True)
    count.wait_for()
    page.get_by_label("Sex").select_option(label="Women")
    count.click()
    answer = page.locator(".enc-number")
    expect(answer).to_contain_text(re.compile(r"^\s*[\d,]*0\s+patients"))
    _picture(page, pictures, "feasibility")


def test_the_portal_is_one_click_away(page, enclave, pictures):
    sign_in(page, enclave, "karen")
    page.get_by_role("link", name=re.compile("^Portal")).first.click()
    page.wait_for_url("**/services/portal/")
    expect(page.get_by_text("Karen Core").first).to_be_visible()
    _picture(page, pictures, "portal")


def test_pages_are_in_danish_where_that_is_the_browsers_language(
    browser, enclave, pictures
):
    context = browser.new_context(locale="da-DK")
    page = context.new_page()
    page.goto(enclave.url)
    expect(page.get_by_label("Adgangskode")).to_be_visible()
    page.get_by_label("Navn").fill("rikke")
    page.get_by_label("Adgangskode").fill(enclave.password)
    page.get_by_role("button", name="Log ind").click()
    expect(page.get_by_role("heading", name="Mine projekter")).to_be_visible()
    page.screenshot(path=pictures / "home-danish.png")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="My projects")).to_be_visible()
    context.close()
