"""From a button in Lab over the return page into the archive, and back to compare."""

import json
import os
import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from enclave.store.database import Database
from tests.builders.axe import violations
from tests.builders.hub import KERNEL, PROJECT, open_lab, sign_in
from tests.builders.hub_person import Person


pytestmark = [pytest.mark.hub, pytest.mark.browser, pytest.mark.sandbox]

COUNTS = """import pandas as pd
lab = pd.read_parquet("/project/data/lab.parquet")
lab.groupby("code").value.mean().round(3).head()"""
# No seed: what it shows is another picture when it is executed again.
DRAWN = """import matplotlib.pyplot as plt, numpy as np
_ = plt.plot(np.random.default_rng().normal(size=20).cumsum())"""
COMPARE = "from enclave_widgets.compare import CompareRuns\n\nCompareRuns()"
SUBMIT = "from enclave_widgets.submit import SubmitAnalysis\n\nSubmitAnalysis()"


def notebook(kernel: str, *cells: str) -> dict:
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ],
    }


@pytest.fixture
def written(enclave):
    """Two analyses in the return folder, one of which fails, and a notebook."""
    person = Person(enclave, "rikke")
    workspace = person.open()
    for path, content in (
        ("return/study.ipynb", notebook(KERNEL, COUNTS, DRAWN)),
        ("return/broken.ipynb", notebook(KERNEL, "n = 1", "raise ValueError(n)")),
        ("work/compare.ipynb", notebook("questions", SUBMIT, COMPARE)),
    ):
        model = {"type": "notebook", "format": "json", "content": content}
        answer = workspace.ask(
            "PUT",
            f"api/contents/{path}",
            content=json.dumps(model),
            headers={"X-XSRFToken": xsrf(person, workspace)},
        )
        assert answer.status_code in (200, 201), answer.text
    yield
    person.close()
    person.http.close()


def xsrf(person, workspace) -> str:
    return str(person.http.cookies.get("_xsrf", path=f"{workspace.path}/"))


def picture(page, pictures, name):
    """Look at a page wide and narrow; nothing is wrong with it for anybody."""
    for width in (1400, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert violations(page) == []
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} has to be scrolled sideways at {width} px"
        page.screenshot(path=pictures / f"{name}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1400, "height": 900})


def archive(page, name, title):
    card = page.locator(".card", has_text=name)
    card.get_by_label(re.compile("Title|titel")).fill(title)
    card.get_by_role("button").click()


@pytest.mark.skipif(
    "ENCLAVE_GIVING_BACK" not in os.environ, reason="long: make check-giving-back"
)
@pytest.mark.usefixtures("written")
def test_an_analysis_goes_from_lab_into_the_archive_and_is_compared(
    page, enclave, pictures
):
    sign_in(page, enclave, "rikke")
    go_to_give_back(page, enclave)
    picture(page, pictures, "give-back")
    archive(page, "study.ipynb", "Means and a walk")
    expect(page.get_by_role("status")).to_contain_text("archives it if it runs")
    archive(page, "broken.ipynb", "Broken")
    under = page.locator("#underway")
    expect(under).to_contain_text(re.compile(r"Archived as PAC\d{4}Researcher_means"))
    expect(under).to_contain_text("cell 2 failed (error, ValueError)")
    picture(page, pictures, "give-back-done")
    page.get_by_role("link", name="Dansk").click()
    expect(under).to_contain_text("Ikke arkiveret")
    picture(page, pictures, "give-back-danish")
    page.get_by_role("link", name="English").click()

    page.goto(f"{enclave.url}/services/portal/reruns")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.locator("#standing")).to_contain_text("Differs")
    picture(page, pictures, "rerun-done")
    compare(page, enclave, pictures)
    with Database(enclave.settings.database_url).begin() as session:
        actions = text("SELECT action FROM audit_entry WHERE subject LIKE 'rerun:PAC%'")
        assert "rerun.complete" in session.scalars(actions).all()


def go_to_give_back(page, enclave):
    """Press the button beside the notebooks, and go where the dialog leads."""
    open_lab(page, enclave, "rikke")
    inside = page.frame_locator("#workspace")
    inside.get_by_role("tab", name="Project", exact=True).click()
    panel = inside.get_by_role("region", name="Project", exact=True)
    expect(panel).to_contain_text("study.ipynb")
    panel.get_by_role("button", name="Give back").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("on a page outside the workspace")
    dialog.get_by_role("link", name="Go there").click()

    page.wait_for_url(f"**/services/portal/projects/{PROJECT}/return")
    expect(page.get_by_role("heading", name="Give back")).to_be_visible()


def compare(page, enclave, pictures):
    """Open the notebook of the workspace that shows both sides."""
    open_lab(page, enclave, "rikke")
    below = f"{enclave.url}/user/rikke/{PROJECT}/lab"
    page.goto(f"{below}/tree/work/compare.ipynb")
    inside = page.frame_locator("#workspace")
    inside.get_by_text("| Idle").wait_for()
    inside.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(inside.locator(".enc").first).to_contain_text("Hand an analysis in")
    widget = inside.locator(".enc").last
    expect(widget.locator(".verdict").first).to_have_text(
        "differs", use_inner_text=True
    )
    # Both, and where they differ if they are of one size.
    expect(widget.locator("img").nth(1)).to_be_visible()
    lab = page.frames[1]
    for language, words in (("English", "Two runs"), ("Dansk", "To kørsler")):
        widget.get_by_role("button", name=language).click()
        expect(widget.get_by_role("heading", level=1)).to_contain_text(words)
        assert violations(lab, ".enc") == []
        for width in (1400, 400):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=pictures / f"compare-{language}-{width}.png")
