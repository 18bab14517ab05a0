"""A dashboard that is reloaded, left and come back to, or without a network."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.builders.builder_page import words


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]


@pytest.fixture
def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.get_by_label("Sex").select_option(label="Women")
    expect(words(page)).to_contain_text("women")
    return page


def test_the_question_outlives_the_page(opened: Page):
    expect(opened).to_have_url(re.compile(r"\?question="))
    opened.get_by_role("button", name="Count", exact=True).dblclick()
    opened.reload()  # in the middle of the answer
    expect(words(opened)).to_contain_text("women")

    opened.get_by_role("link", name="Save this question").click()
    opened.get_by_label("Name").wait_for()
    opened.go_back()
    expect(words(opened)).to_contain_text("women")

    opened.get_by_role("button", name="Dansk").click()
    expect(words(opened)).to_contain_text("kvinder")
    opened.reload()
    expect(words(opened)).to_contain_text("kvinder")
    opened.get_by_role("button", name="Tæl", exact=True).click()
    expect(opened.locator(".enc-number")).to_be_visible()


def test_a_network_that_is_away_and_comes_back(opened: Page):
    notice = opened.get_by_role("alert")
    opened.context.set_offline(True)
    expect(notice).to_contain_text("The connection is interrupted.")
    expect(opened.get_by_label("Sex")).to_be_disabled()

    opened.context.set_offline(False)
    expect(notice).to_be_hidden()
    opened.get_by_label("Sex").select_option(label="Men")
    expect(words(opened)).not_to_contain_text("women")
    expect(words(opened)).to_contain_text("men")
