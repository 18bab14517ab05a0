"""The question builder as people have it: in a workspace's JupyterLab, and in Voila."""

import pytest
from playwright.sync_api import expect

from tests.builders.axe import violations
from tests.builders.builder_page import clicked, typed, words
from tests.builders.hub import open_lab, sign_in


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

KERNEL = "Questions to the warehouse"
CELL = """from enclave_widgets.feasibility import FeasibilityDashboard
builder = FeasibilityDashboard(language="en")
builder"""


def test_in_jupyterlab_by_mouse_and_by_keyboard(page, enclave, pictures):
    sign_in(page, enclave, "rikke")
    lab = open_lab(page, enclave, "rikke")
    lab.locator(f'.jp-LauncherCard[title="{KERNEL}"]').first.click()
    lab.get_by_text("| Idle").wait_for()
    lab.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.insert_text(CELL)
    page.keyboard.press("Shift+Enter")
    lab.get_by_role("button", name="Count", exact=True).wait_for()

    by_mouse = clicked(lab)
    lab.get_by_role("button", name="Start over").click()
    by_keyboard = typed(lab)

    assert by_keyboard == by_mouse
    lab.get_by_role("button", name="Count", exact=True).press("Enter")
    expect(lab.locator(".enc-number")).to_be_visible()
    # The keys of the notebook did nothing beside it.
    expect(lab.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2)
    for language, count in (("Dansk", "Tæl"), ("English", "Count")):
        lab.get_by_role("button", name=language).click()
        lab.get_by_role("button", name=count, exact=True).wait_for()
        page.screenshot(path=pictures / f"builder-in-lab-{language}.png")
    page.keyboard.press("Control+s")
    lab.get_by_role("button", name="Rename").click()
    expect(lab.locator(".jp-Dialog")).to_have_count(0)


def test_a_draft_request_and_a_saved_question_from_the_dashboard(page, address):
    page.goto(address)
    typed_question = typed(page)
    assert violations(page) == []
    page.get_by_role("button", name="Dansk").click()
    page.get_by_role("link", name="Gem dette spørgsmål").click()
    page.get_by_role("link", name="Dansk").click()
    page.get_by_label("Navn").fill("Tre kriterier")
    page.get_by_role("button", name="Gem", exact=True).click()
    assert violations(page) == []
    page.get_by_role("link", name="Åbn").click()
    page.get_by_role("button", name="English").click()
    expect(words(page)).to_have_text(typed_question)

    page.get_by_role("button", name="Dansk").click()
    page.get_by_role("link", name="Brug det i et projektforslag").click()
    page.get_by_label("Titel").fill("Tre kriterier")
    assert violations(page) == []
    page.get_by_role("button", name="feasibility-anmodning").click()
    page.wait_for_url("**/applications/*")
    expect(page.get_by_role("heading", name="Tre kriterier")).to_be_visible()
    assert violations(page) == []
