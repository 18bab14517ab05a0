"""A browser that reports what it should not have seen.

page
    A page of Debian's Chromium. What it asks of other hosts is refused, and fails the
    test in the end.
address
    Of the dashboard where questions are built, after ``rikke`` signed in on the page.
pictures
    Folder for screenshots: ``test-results/browser``.
"""

import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.builders.hub import sign_in
from tests.conftest import ROOT


# Not the sandbox of the browser: as root it cannot have one.
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_PATIENCE = 240_000  # milliseconds


@pytest.fixture(scope="module")
def browser():
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        assert program, "apt-get install chromium"
        chromium = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, enclave):
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(_PATIENCE)
    elsewhere = []

    def watch(route):
        here = (enclave.url, enclave.workspaces_url, "data:", "blob:")
        if route.request.url.startswith(here):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", watch)
    opened = context.new_page()
    opened.broken = []
    opened.on("pageerror", lambda error: opened.broken.append(str(error)))
    opened.on(
        "response",
        lambda answer: (
            opened.broken.append(f"{answer.status} {answer.url}")
            if answer.status >= 400
            else None
        ),
    )
    yield opened
    broken = opened.broken[:]  # what breaks while it is closed does not count
    context.close()
    assert not elsewhere
    assert not broken


@pytest.fixture
def address(page, enclave):
    sign_in(page, enclave, "rikke")
    return f"{enclave.url}/services/feasibility/"


@pytest.fixture(scope="session")
def pictures():
    folder = ROOT / "test-results" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
