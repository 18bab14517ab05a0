"""The dashboards in a real browser, rendered by Voila: mouse, keyboard, both widths."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.builders.axe import violations
from tests.builders.builder_page import clicked, typed
from tests.builders.hub import free_port


pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).parents[3]
NOTEBOOKS = ROOT / "notebooks" / "dashboards"
PICTURES = ROOT / "test-results" / "browser"
TEMPLATES = ROOT / "hub_config" / "enclave_hub" / "dashboard" / "jupyter"
PATIENCE_MS = 60_000

TOO_WIDE = "() => document.documentElement.scrollWidth > window.innerWidth"


@pytest.fixture
def address(portal):
    """Voila on loopback, its kernels asking as rikke."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed")
    environment = {
        **os.environ,
        "JUPYTER_PATH": str(TEMPLATES),
        "ENCLAVE_PORTAL_SOCKET": portal.socket,
        "ENCLAVE_VISIT_TOKEN": portal.token("rikke"),
    }
    port = free_port()
    command = [sys.executable, "-m", "voila", str(NOTEBOOKS), "--template=enclave"]
    with subprocess.Popen(
        [*command, "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as voila:
        try:
            _wait_for(f"http://127.0.0.1:{port}/voila/static/voila.js", voila)
            yield f"http://127.0.0.1:{port}/voila/render/"
        finally:
            voila.terminate()
            voila.wait(timeout=20)


@pytest.fixture
def page(address):
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        elsewhere: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: _note(elsewhere, request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.address = address
        yield page
        chromium.close()
        assert elsewhere == []
        assert errors == []


def test_the_same_three_criteria_by_mouse_and_by_keyboard(page: Page):
    page.goto(f"{page.address}feasibility.ipynb", wait_until="domcontentloaded")
    by_mouse = clicked(page)
    page.get_by_role("button", name="Start over").click()
    by_keyboard = typed(page)

    assert by_keyboard == by_mouse
    page.get_by_role("button", name="Count", exact=True).press("Enter")
    expect(page.locator(".enc-number")).to_be_visible()
    expect(page.get_by_text("39 new questions left")).to_be_visible()
    _closer(page)
    assert violations(page) == []
    for language in ("English", "Dansk"):
        page.get_by_role("button", name=language).click()
        expect(page.get_by_role("button", name=COUNT[language])).to_be_visible()
        _pictures(page, f"feasibility-{language}")


def test_the_catalogue_is_searched_and_read(page: Page):
    page.goto(f"{page.address}catalogue.ipynb", wait_until="domcontentloaded")
    page.get_by_label("Search by name, code or word").fill("creatinine")
    expect(page.get_by_role("table", name="Codes")).to_be_visible()
    lab = page.locator("option", has_text="(lab)").inner_text()
    page.get_by_label("Table", exact=True).select_option(label=lab)
    expect(page.get_by_role("table", name="Units by source")).to_be_visible()
    assert violations(page) == []
    for language, title in (("English", "What data"), ("Dansk", "Hvilke data")):
        page.get_by_role("button", name=language).click()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        _pictures(page, f"catalogue-{language}")


COUNT = {"English": re.compile("^Count$"), "Dansk": re.compile("^Tæl$")}


def _closer(page: Page) -> None:
    """Look closer: a pyramid, and which data there are."""
    page.get_by_role("button", name="By sex and age").click()
    expect(page.get_by_role("table", name="By sex and age")).to_be_visible()
    _pictures(page, "pyramid")
    variables = page.get_by_label("Variables asked for")
    wanted = variables.locator("option").all_inner_texts()[:12]
    variables.select_option(label=wanted)
    page.get_by_role("button", name="Which data there are").click()
    tiles = page.get_by_role("table", name="Which data there are").locator("li")
    expect(tiles).to_have_count(12)


def _pictures(page: Page, name: str) -> None:
    """Take pictures for a laptop and for a telephone; nothing is cut off on either."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (400, 1400):
        page.set_viewport_size({"width": width, "height": 3000})
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        assert not page.evaluate(TOO_WIDE)


def _note(elsewhere: list[str], url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
        elsewhere.append(url)


def _wait_for(url: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        assert process.poll() is None, "Voila ended"
        try:
            urlopen(url, timeout=2).close()  # noqa: S310 - loopback
        except HTTPError:
            return  # it answers
        except URLError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Voila did not start")
