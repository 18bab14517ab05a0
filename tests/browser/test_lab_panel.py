"""The project beside the notebooks: grant, deadlines, outbox, templates, snippets."""

import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import expect

from enclave.clock import today
from enclave_hub.workspace import welcome
from tests.builders.hub import free_port, wait_for
from tests.builders.lab_server import environment
from tests.conftest import ROOT


pytestmark = pytest.mark.browser

SOON = today() + timedelta(days=12)


def facts() -> dict[str, object]:
    return {
        "project": "hiv-lipids",
        "title": "Lipids in <b>HIV</b>",
        "leader": "Rikke",
        "members": ["Rikke"],
        "grants": [
            {
                "id": "G7-1",
                "until": SOON.isoformat(),
                "variables": ["lab.value"],
                "from": "2010-01-01",
                "to": "2024-12-31",
                "text": {"en": "Grant G7-1", "da": "Bevilling G7-1"},
            }
        ],
        "delivery": {
            "version": 3,
            "persons": 1234,
            "rows": 56789,
            "delivered": "2026-11-01",
        },
        "deadlines": [
            {
                "day": SOON.isoformat(),
                "days": 12,
                "en": "Grant G7-1 ends",
                "da": "Bevilling G7-1 slutter",
            }
        ],
        "requests": [
            {"number": 12, "title": "Table <i>1</i>", "state": "requested"},
            {"number": 9, "title": "Figure 2", "state": "returned"},
        ],
    }


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    for name in ("work", "outbox", "return", "about", "data", "templates"):
        (root / name).mkdir()
    welcome.write_documents(root / "about", facts())
    template = ROOT / "notebooks" / "templates" / "table_1.ipynb"
    shutil.copy(template, root / "templates")
    (root / "outbox" / "table.csv").write_text("group,n\n")
    (root / "return" / "survival.ipynb").write_text("{}")
    (root / "data" / "receipt.md").write_text("# Receipt\n")
    notebook = welcome.notebook(facts())
    (root / "work" / "welcome.ipynb").write_text(json.dumps(notebook))
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.builders.lab_server", str(root), str(port)],
        cwd=ROOT,
        env=environment(root),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: _answers(url))
        yield url, root
        server.terminate()


@pytest.fixture(params=["en-GB", "da-DK"])
def panel(browser, lab, request):
    url, _ = lab
    context = browser.new_context(
        viewport={"width": 1400, "height": 900}, locale=request.param
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    # A layout of its own, without what another test opened.
    layout = f"{url}/lab/workspaces/{request.param}"
    page.goto(f"{layout}/tree/work/welcome.ipynb?token=letmein")
    # There are no kernels here, and Lab asks for one.
    _refuse_a_kernel(page)
    title = "Projekt" if request.param == "da-DK" else "Project"
    page.get_by_role("tab", name=title, exact=True).click()
    yield page, page.get_by_role("region", name=title, exact=True)
    context.close()
    assert not faults


def test_the_panel_says_what_the_project_has_and_helps(panel, lab, pictures):
    page, region = panel
    danish = page.evaluate("navigator.language").startswith("da")

    expect(region).to_contain_text("Lipids in <b>HIV</b>")
    expect(region).to_contain_text("1.234" if danish else "1,234")
    soon = region.locator(".soon")
    expect(soon).to_contain_text("Bevilling G7-1 slutter" if danish else "G7-1 ends")
    expect(region).to_contain_text("table.csv")
    expect(region).to_contain_text("survival.ipynb")
    # Only the page around hands things in, and there is none here.
    expect(
        region.get_by_role("button", name=re.compile("Give back|Aflever"))
    ).to_have_count(0)
    waits = "venter på en kontrollant" if danish else "waits for a checker"
    expect(region).to_contain_text(f"12 Table <i>1</i>: {waits}")
    back = "kom tilbage til dig" if danish else "came back to you"
    expect(region).to_contain_text(f"9 Figure 2: {back}")
    page.screenshot(path=pictures / f"lab-panel-{'da' if danish else 'en'}.png")
    active = page.locator(".jp-Cell.jp-mod-active")
    region.get_by_role("button", name="units").click()
    expect(active).to_contain_text("units_by_code")
    _makes_room_on_a_telephone(page, region, pictures)
    expect(active).to_contain_text("project.sql")

    region.get_by_role("button", name="table 1").click()
    _refuse_a_kernel(page)
    expect(page.get_by_role("tab", name="table_1").first).to_be_visible()
    _, root = lab
    assert (root / "work" / "table_1.ipynb").exists()

    _documents_open_to_be_read(page, region, danish=danish)

    used = page.get_by_text("Hukommelse" if danish else "Memory")
    expect(used.first).to_be_visible()
    page.screenshot(path=pictures / f"lab-receipt-{'da' if danish else 'en'}.png")


def _makes_room_on_a_telephone(page, region, pictures):
    cells = page.locator(".jp-Cell")
    tab = page.get_by_role("tab", name=region.get_attribute("aria-label"), exact=True)
    page.keyboard.press("Escape")
    page.keyboard.press("b")  # an empty cell
    before = cells.count()
    page.set_viewport_size({"width": 400, "height": 800})
    expect(region).to_be_hidden()
    assert page.locator(".jp-Notebook").bounding_box()["width"] > 300
    page.screenshot(path=pictures / "lab-narrow.png")
    tab.click()
    region.get_by_role("button", name="SQL").click()
    expect(region).to_be_hidden()
    assert cells.count() == before, "it goes into the cell that is empty"
    page.set_viewport_size({"width": 1400, "height": 900})
    tab.click()


def _documents_open_to_be_read(page, region, *, danish):
    document = "G7-1.da.txt" if danish else "G7-1.txt"
    region.get_by_role("button", name=document, exact=True).click()
    words = "Bevilling G7-1" if danish else "Grant G7-1"
    expect(page.locator(".jp-FileEditor")).to_contain_text(words)

    # A receipt is there to be read: it opens as it is meant to look.
    region.get_by_role("button", name="receipt.md", exact=True).click()
    expect(page.locator(".jp-MarkdownViewer h1")).to_have_text(re.compile("^Receipt"))


def _refuse_a_kernel(page):
    dialog = page.locator(".jp-Dialog")
    dialog.first.wait_for()
    while dialog.count():  # Lab may have more to say
        page.keyboard.press("Escape")
        page.wait_for_timeout(300)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api").status_code == 200
    except httpx.TransportError:
        return False
