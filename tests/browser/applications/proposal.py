"""A project is proposed and reviewed, through pages alone."""

from enclave.cohort.packing import pack
from tests.browser.applications.desk import Desk, Pages
from tests.browser.applications.sections import SECTIONS
from tests.builders.attached_files import pdf
from tests.builders.projects import QUESTION


def propose(desk: Pages) -> None:
    rikke = desk("rikke").go(f"/proposals/new?question={pack(QUESTION)}")
    with rikke.page.expect_navigation():
        rikke.page.locator("main form button").first.click()
    rikke.go("/applications/1/edit")
    for name, value in SECTIONS.items():
        rikke.fill(name, value)
    _say_of_each_authority(rikke)
    # Who she is, her account says.
    assert rikke.read("group.0.email") == "rikke@demo.example"
    assert rikke.read("group.0.role") == "leader"
    for tick in ("dnrf_funding", "feasibility_done", "enclave_use.tools.r"):
        rikke.page.locator(f'[name="{tick}"]').check()
    rikke.page.locator('[name="will_return_data_and_code"]').check()
    # Saved as it was typed, without a button.
    rikke.page.locator("#saved li").first.wait_for(state="detached")
    _attach(rikke)
    rikke.check("edit")
    rikke.page.locator("form[hx-target='#count'] button").click()
    rikke.page.locator("#count strong").wait_for()
    rikke.go("/applications/1")
    rikke.press("submit")
    assert rikke.state() == "submitted"


def _say_of_each_authority(rikke: Desk) -> None:
    """The form asks about five by name; two are needed here."""
    needed = {"fortegnelse": "P-2026-123", "regionsraad": "R-26012345"}
    for row in range(5):
        of_row = f"approvals.{row}"
        authority = rikke.page.locator(f'[name="{of_row}.authority"]').input_value()
        number = needed.pop(authority, None)
        if number is None:
            rikke.choose(f"{of_row}.status", "not_applicable")
            continue
        rikke.choose(f"{of_row}.status", "obtained")
        rikke.fill(f"{of_row}.journal_number", number)
        rikke.fill(f"{of_row}.decision_date", "2026-09-01")
    assert needed == {}


def _attach(rikke: Desk) -> None:
    """Attach the region's letter, and name it where the form asks for it."""
    letter = {
        "name": "R-26012345.pdf",
        "mimeType": "application/pdf",
        "buffer": pdf("Approved"),
    }
    rikke.page.locator("#attach-file").set_input_files(letter)
    with rikke.page.expect_navigation():
        rikke.page.locator('form[enctype="multipart/form-data"] button').click()
    rikke.fill("approvals.3.document", letter["name"])
    with rikke.page.expect_navigation():
        rikke.page.locator('button[name="done"]').click()
    rikke.go("/applications/1/edit")


def review(desk: Pages, language: str) -> None:
    karen, rikke, erik = desk("karen"), desk("rikke"), desk("erik")
    karen.go("/")
    karen.page.locator(".card.due a").click()
    with karen.page.expect_download() as download:
        karen.page.get_by_role("link", name="R-26012345.pdf").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    karen.press("start_review")
    karen.send("/comment", field="aims", text="Say which aim comes first.")
    karen.press("return", "See the comment on the aims.")
    rikke.go("/applications/1")
    assert "Say which aim comes first." in rikke.page.locator("main").inner_text()
    rikke.go("/applications/1/edit").fill("aims", "First to count, then to compare.")
    with rikke.page.expect_navigation():
        rikke.page.locator('button[name="done"]').click()
    rikke.press("submit")
    karen.go("/applications/1")
    said = {"en": "rewrites “Aims”", "da": "omskriver “Formål”"}[language]
    assert said in karen.page.locator("main").inner_text()
    karen.press("start_review")
    karen.press("send_to_sac")
    for who in ("sanne", "sune"):
        reviewer = desk(who).go("/applications/1")
        reviewer.send("/vote", choice="approve", score="5", remark="Sound and useful.")
    desk("sanne").go("/applications/1").check("vote")
    karen.go("/applications/1").press("send_to_excom")
    erik.go("/applications/1").press("approve")
    assert erik.state() == "approved"
