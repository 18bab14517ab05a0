"""A dashboard whose kernel is not there yet, away for a moment, or gone for good."""

from contextlib import suppress

import psutil
import pytest
from playwright.sync_api import Page, expect

from enclave_hub.dashboard.ready_kernels import READY
from tests.builders.axe import violations
from tests.builders.builder_page import words
from tests.builders.hub import Enclave


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

OPEN = "Åbn siden igen med det samme spørgsmål"


def end_kernels(enclave: Enclave) -> None:
    for one in enclave.processes():
        with suppress(psutil.NoSuchProcess):
            if "ipykernel_launcher" in one.cmdline():
                one.kill()


def test_what_is_chosen_before_the_kernel_is_there_reaches_it(page: Page, address):
    for _ in range(READY):
        page.context.new_page().goto(address, wait_until="commit")
    page.goto(address, wait_until="commit")
    page.get_by_label("Sex").select_option(label="Women")
    expect(words(page)).to_contain_text("women")


def test_a_page_without_its_kernel_keeps_question_and_language(
    page: Page, address, enclave, pictures
):
    page.goto(address)
    page.get_by_role("button", name="Dansk").click()
    page.get_by_label("Køn").select_option(label="Kvinder")
    expect(words(page)).to_contain_text("kvinder")
    end_kernels(enclave)

    link = page.get_by_role("link", name=OPEN)
    expect(link).to_be_visible()
    assert violations(page) == []
    for width in (400, 1400):
        page.set_viewport_size({"width": width, "height": 700})
        page.screenshot(path=pictures / f"dashboard-ended-{width}.png")
    link.click()
    expect(words(page)).to_contain_text("kvinder")
