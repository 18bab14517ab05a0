"""Files of an application through the portal: page and JSON."""

import re

from tests.builders.attached_files import CPR, pdf, picture
from tests.builders.projects import proposal


LETTER = pdf("Approved, H-20012345")


def _csrf(page: str) -> str:
    return re.search(r'name="csrf" value="([^"]*)"', page)[1]


def _send(browser, number, name, content, **fields):
    page = browser.get(f"/applications/{number}").text
    return browser.post(
        f"/applications/{number}/attachments",
        data={"csrf": _csrf(page), **fields},
        files={"file": (name, content)},
    )


def test_a_page_attaches_shows_hands_out_and_removes(door, database):
    number = proposal(database)
    browser = door.browser("rikke")

    answer = _send(browser, number, "Godkendelse æøå.pdf", LETTER, **{"from": "edit"})
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"/{number}/edit#attachments")
    page = browser.get(f"/applications/{number}").text
    assert page.count("Godkendelse æøå.pdf") >= 2  # in the list, and in the history

    got = browser.get(f"/applications/{number}/attachments/1")
    assert got.content == LETTER
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert door.browser("anne").get(f"/applications/{number}/attachments/1").is_error

    gone = browser.post(
        f"/applications/{number}/attachments/1/remove", data={"csrf": _csrf(page)}
    )
    assert gone.status_code == 303
    page = browser.get(f"/applications/{number}?language=da").text
    assert "Fjernet: Godkendelse æøå.pdf" in page
    assert browser.get(f"/applications/{number}/attachments/1").status_code == 404


def test_what_no_machine_read_is_said_in_the_pages_language(door, database):
    number = proposal(database)
    browser = door.browser("rikke")
    _send(browser, number, "figure.png", picture("PNG"))
    _send(browser, number, "scanned.pdf", pdf())

    page = browser.get(f"/applications/{number}?language=da").text

    assert "et billede: ingen maskine har læst" in page
    assert "1 af 1 sider er billeder: ingen maskine" in page
    assert "no machine read" not in page


def test_a_refusal_is_a_page_that_says_why(door, database):
    number = proposal(database)
    browser = door.browser("rikke")

    refused = _send(browser, number, "list.pdf", pdf(f"Patient {CPR}"))
    assert refused.status_code == 422
    assert "CPR number" in refused.text
    assert CPR not in refused.text
    forged = browser.post(
        f"/applications/{number}/attachments",
        data={"csrf": "x"},
        files={"file": ("a.pdf", LETTER)},
    )
    assert forged.status_code == 403
    page = browser.get(f"/applications/{number}").text
    empty = browser.post(
        f"/applications/{number}/attachments", data={"csrf": _csrf(page)}
    )
    assert empty.status_code == 422
    assert "Nothing is attached." in browser.get(f"/applications/{number}").text


def test_programs_attach_the_bytes_as_they_are(door, database):
    number = proposal(database)
    program = door.program("rikke")
    address = f"/api/applications/{number}/attachments"

    made = program.post(address, params={"name": "letter.pdf"}, content=LETTER)
    assert made.status_code == 201
    assert made.json()["kind"] == "pdf"
    (listed,) = program.get(address).json()
    assert listed == made.json()
    shown = program.get(f"/api/applications/{number}").json()
    assert shown["attachments"] == [listed]
    assert program.get(f"{address}/1").content == LETTER
    assert program.send("DELETE", f"{address}/1").status_code == 204
    assert program.get(f"{address}/1").status_code == 404
    large = program.post(address, params={"name": "a.pdf"}, content=b" " * 22_100_000)
    assert large.status_code == 413
