"""Code lists in the portal: as JSON for programs, as pages for people."""

import re

import pytest

from enclave.cohort.codes import CodeList
from tests.builders.portal import Door


CSV = "code,use,descendants,label\nNPU19748,,,C-reaktivt protein\nNPU99999,,,\n"
NEXT = "code,label\nNPU19748,C-reaktivt protein\nNPU02319,<b>Hæmoglobin</b>\n"
LIST = {"name": "infection", "system": "NPU", "csv": CSV, "note": "First draft"}
PATH = "/api/code-lists/rikke/infection"


def save(door: Door, who: str = "rikke", **changes):
    return door.program(who).post("/api/code-lists", json={**LIST, **changes})


def press(door: Door, page: str, path: str, who: str = "rikke", **fields):
    """Send a form of a page, as its person."""
    browser = door.browser(who)
    found = re.search(r'name="csrf" value="([^"]*)"', browser.get(page).text)
    assert found
    return browser.post(path, data={"csrf": found[1], **fields})


def test_a_list_is_saved_read_and_embedded(clinic: Door):
    saved = save(clinic)
    assert saved.status_code == 201
    read = clinic.program("rikke").get(PATH).json()

    assert read == saved.json()
    assert (read["name"], read["version"], read["shared"]) == (
        "rikke/infection",
        1,
        "private",
    )
    codes = CodeList.model_validate(read["codes"])
    assert (codes.name, codes.version, codes.digest) == (
        "rikke/infection",
        "1",
        read["digest"],
    )
    assert read["unknown"] == [
        "NPU99999 is not in this warehouse. Did you mean NPU19748, NPU02319?"
    ]


def test_without_data_nothing_is_unknown(door: Door):
    assert save(door).json()["unknown"] == []


def test_versions_differences_and_files(door: Door):
    save(door)
    save(door, csv=NEXT, note="")
    rikke = door.program("rikke")

    changes = rikke.get(f"{PATH}/diff?before=1&after=2").json()
    assert [one["code"] for one in changes["added"]] == ["NPU02319"]
    assert [one["code"] for one in changes["removed"]] == ["NPU99999"]
    assert [one["version"] for one in rikke.get(PATH).json()["versions"]] == [2, 1]
    first = rikke.get(f"{PATH}?version=1").json()
    assert [one["code"] for one in first["entries"]] == ["NPU19748", "NPU99999"]
    file = rikke.get(f"{PATH}/csv?version=1")
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert "rikke-infection-v1.csv" in file.headers["content-disposition"]
    assert save(door, csv=file.text).json()["version"] == 3


def test_a_file_with_a_wrong_row_saves_nothing(door: Door):
    answer = save(door, csv=CSV + "NPU1,perhaps,,SECRET\n")

    assert answer.status_code == 422
    assert "row 4: use must be include or exclude" in answer.json()["error"]
    assert "SECRET" not in answer.text
    assert door.program("rikke").get("/api/code-lists").json() == []


def test_sharing(door: Door):
    save(door)
    anne, rikke = door.program("anne"), door.program("rikke")
    assert anne.get(PATH).status_code == 404
    assert anne.get("/api/code-lists").json() == []

    shared = rikke.post(f"{PATH}/share", json={"shared": "institution"})
    assert shared.json()["shared"] == "institution"
    assert anne.get(PATH).status_code == 200
    assert [one["name"] for one in anne.get("/api/code-lists").json()] == [
        "rikke/infection"
    ]
    refused = anne.post(f"{PATH}/share", json={"shared": "everybody"})
    assert refused.status_code == 403
    assert rikke.post(f"{PATH}/share", json={"shared": "x"}).status_code == 422


def test_strangers_and_kernels_read_nothing(door: Door):
    save(door)

    assert door.program(None).get("/api/code-lists").status_code == 401
    assert door.program("ghost").get("/api/code-lists").status_code == 403


def test_pages_show_lists_and_versions(clinic: Door):
    save(clinic)
    save(clinic, csv=NEXT, note="Without the typing error")
    rikke = clinic.browser("rikke")

    listed = rikke.get("/code-lists?language=en").text
    assert 'href="/services/portal/code-lists/rikke/infection"' in listed
    assert "Only me" in listed
    page = rikke.get("/code-lists/rikke/infection?language=da").text
    assert "Gem næste version" in page
    assert "Without the typing error" in page
    assert "&lt;b&gt;Hæmoglobin&lt;/b&gt;" in page
    assert "<b>Hæmoglobin" not in page
    changes = rikke.get("/code-lists/rikke/infection/diff?before=1&after=2").text
    assert re.search(r"Tilføjet.*NPU02319.*Fjernet.*NPU99999", changes, re.DOTALL)
    same = rikke.get("/code-lists/rikke/infection/diff?before=2&after=2").text
    assert "De to versioner har de samme linjer" in same


def test_a_page_remarks_on_codes_that_are_not_there(clinic: Door):
    save(clinic)

    page = clinic.browser("rikke").get("/code-lists/rikke/infection").text
    assert "NPU99999 is not in this warehouse" in page


def test_a_list_is_saved_and_shared_from_the_pages(door: Door):
    fields = {"name": "infection", "system": "NPU", "note": "", "csv": CSV}

    saved = press(door, "/code-lists", "/code-lists", **fields)
    assert saved.status_code == 303
    assert saved.headers["location"] == "/services/portal/code-lists/rikke/infection"
    page = "/code-lists/rikke/infection"
    shared = press(door, page, f"{page}/share", shared="everybody")
    assert shared.status_code == 303
    read = door.browser("anne").get(page).text
    assert "Save the next version" not in read
    assert "Who may read it" not in read


def test_a_page_says_why_nothing_was_saved(door: Door):
    fields = {"name": "Bad Name", "system": "NPU", "csv": CSV}

    answer = press(door, "/code-lists", "/code-lists", **fields)
    assert answer.status_code == 422
    assert "cannot be the name" in answer.text


@pytest.mark.parametrize("path", ["/code-lists", "/code-lists/rikke/infection/share"])
def test_a_page_we_did_not_give_out_does_nothing(door: Door, path: str):
    save(door)

    sent = {**LIST, "csrf": "", "shared": "everybody", "csv": NEXT}
    assert door.browser("rikke").post(path, data=sent).status_code == 403
    read = door.program("rikke").get(PATH).json()
    assert (read["version"], read["shared"]) == (1, "private")


def test_a_long_list_is_cut_on_the_page(door: Door):
    many = "code\n" + "\n".join(f"C{number:04}" for number in range(501))
    save(door, csv=many)

    page = door.browser("rikke").get("/code-lists/rikke/infection").text
    assert "And 1 more." in page
    assert len(re.findall(r'class="figure"><code>C', page)) == 500
