"""Sign in by a real OpenID provider, work, try to get out, and sign out."""

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.conftest import _FLAGS
from tests.builders.hub import PROJECT, free_port, running
from tests.builders.openid import provider, trust
from tests.conftest import KERNELS


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

CELL = """import pandas as pd
lab = pd.read_parquet("/project/data/lab.parquet")
print("rows read:", len(lab))"""


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


def test_from_sign_in_to_sign_out(page, hospital, pictures):
    _sign_in(page, hospital, "rikke")
    expect(page.get_by_role("heading", name="My projects")).to_be_visible()
    page.get_by_role("link", name="Open workspace").click()
    page.wait_for_url(f"**/user/rikke/{PROJECT}/**")
    inside = page.frame_locator("#workspace")
    inside.locator(".jp-LauncherCard[data-category=Notebook]").first.click()
    inside.get_by_text("| Idle").wait_for()
    inside.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.insert_text(CELL)
    page.keyboard.press("Shift+Enter")
    output = inside.locator(".jp-OutputArea-output").first
    expect(output).to_contain_text(re.compile(r"rows read: [1-9]\d+"))
    page.screenshot(path=pictures / "openid-cell.png")

    downloads = []
    page.on("download", lambda file: downloads.append(file.url))
    frame = page.frames[1]
    for script, said in {
        "(await fetch('files/work/x')).status": "403|TypeError",
        "(await fetch('terminals/1')).status": "403|TypeError",
        f"(await fetch('{hospital.url}/hub/api/user')).status": "TypeError",
        "String(window.open('https://evil.example'))": "null",
        "top.document.title": "SecurityError",
        (
            "(() => { const a = document.createElement('a'); a.download = 'x.csv';"
            " a.href = 'data:text/csv,1'; a.click(); return 'clicked' })()"
        ): "clicked",
    }.items():
        answer = frame.evaluate(
            f"async () => {{ try {{ return String({script}) }}"
            " catch (e) { return e.name } }"
        )
        assert re.fullmatch(said, answer), script
    page.wait_for_timeout(1000)
    assert downloads == []

    page.locator("summary", has_text="Menu").click()
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("link", name=re.compile("Hospital"))).to_be_visible()
