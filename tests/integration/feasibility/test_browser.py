"""The dashboard in a real browser, rendered by Voila: mouse, keyboard, both widths."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.builders.hub import free_port


pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).parents[3]
NOTEBOOK = ROOT / "notebooks" / "dashboards" / "feasibility.ipynb"
TEMPLATES = ROOT / "hub_config" / "enclave_hub" / "dashboard" / "jupyter"
PATIENCE_MS = 60_000

# The name a screen reader gives to each thing that can take the focus.
UNNAMED = """() => [...document.querySelectorAll(
  ".enc button, .enc select, .enc input, .enc summary")]
  .filter(one => one.offsetParent && !one.textContent.trim() && !one.labels?.length)
  .map(one => one.outerHTML)"""
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
    command = [sys.executable, "-m", "voila", str(NOTEBOOK), "--template=enclave"]
    with subprocess.Popen(
        [*command, "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as voila:
        try:
            _wait_for(f"http://127.0.0.1:{port}/voila/static/voila.js", voila)
            yield f"http://127.0.0.1:{port}/"
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
        page.elsewhere = []
        page.on("request", lambda request: _note(page.elsewhere, request.url))
        page.goto(address, wait_until="domcontentloaded")
        page.get_by_role("button", name="Count", exact=True).wait_for()
        yield page
        chromium.close()


def test_a_visitor_gets_an_answer(page: Page):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))

    counted = _by_mouse(page)
    _by_keyboard(page, counted)
    _in_danish_on_a_telephone(page)

    assert errors == []
    assert page.elsewhere == []


def _by_mouse(page: Page) -> str:
    """Choose women with diabetes and count them."""
    page.get_by_label("Sex").select_option(label="Women")
    page.get_by_label("Search by code or word").fill("diabetes")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".enc-chosen")).to_contain_text("Type 2 diabetes")
    page.get_by_role("button", name="Count", exact=True).click()
    expect(page.locator(".enc-number")).to_be_visible()
    expect(page.get_by_text("39 new questions left")).to_be_visible()
    return page.locator(".enc-number").inner_text()


def _by_keyboard(page: Page, counted: str) -> None:
    """Add a test to them and count step by step, without touching the mouse."""
    page.get_by_label("Search by code or word").focus()
    page.keyboard.type("NPU19748")
    expect(page.get_by_role("button", name="Add")).to_be_enabled()
    for _ in range(3):  # past what was found, and what it is added as
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".enc-chosen")).to_have_count(2)
    expect(page.get_by_text("You have changed the question")).to_have_count(1)
    page.get_by_role("button", name="Count step by step").focus()
    page.keyboard.press("Space")
    rows = page.locator(".enc-steps tbody tr")
    expect(rows).to_have_count(4)
    assert rows.nth(2).locator("td").last.inner_text() == counted.split(maxsplit=1)[0]
    assert page.evaluate(UNNAMED) == []


def _in_danish_on_a_telephone(page: Page) -> None:
    """Switch the language and the width: all there, one below the other."""
    page.get_by_role("button", name="Dansk").click()
    expect(page.get_by_role("button", name="Tæl", exact=True)).to_be_visible()
    expect(page.locator(".enc-chosen").first).to_contain_text("Type 2-diabetes")
    page.set_viewport_size({"width": 400, "height": 900})
    assert not page.evaluate(TOO_WIDE)
    chosen, answer = (
        page.locator(".enc-column").nth(number).bounding_box() for number in (0, 1)
    )
    assert answer["y"] >= chosen["y"] + chosen["height"]
    assert page.evaluate(UNNAMED) == []


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
