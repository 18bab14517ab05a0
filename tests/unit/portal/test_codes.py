"""Codes as trees, with the bands that were released and no others."""

import pytest

from enclave.feasibility.code_bands import Band, release, released_bands
from enclave.feasibility.code_page import in_words
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.portal import Door, token
from tests.builders.projects import at


def test_no_bands_before_the_release(clinic: Door):
    page = clinic.program("rikke").get("/api/catalogue/codes").json()

    assert page == {
        "systems": ["NPU"],
        "system": "NPU",
        "snapshot": 1,
        "path": [],
        "below": [
            {
                "code": code,
                "label_en": None,
                "label_da": None,
                "children": 0,
                "persons": None,
            }
            for code in ("NPU02319", "NPU19748")
        ],
    }


def test_looking_shows_what_was_released_and_costs_nothing(
    clinic: Door, settings: Settings, database: Database
):
    release(settings, database, "mads", clock=at())
    bands = released_bands(database, 1)
    rikke = clinic.program("rikke")

    below = rikke.get("/api/catalogue/codes?system=NPU").json()["below"]
    assert [one["persons"] for one in below] == [
        {"at_least": bands["NPU", one["code"]].at_least,
         "below": bands["NPU", one["code"]].below}
        for one in below
    ]  # fmt: skip
    assert rikke.get("/api/feasibility/budget").json()["used_30_days"] == 0
    again = clinic.program("anne").get("/api/catalogue/codes?system=NPU").json()
    assert again["below"] == below


def test_a_kernel_may_browse(clinic: Door, settings: Settings):
    answer = clinic.bearer(token(settings)).get("/api/catalogue/codes?system=NPU")

    assert answer.status_code == 200


@pytest.mark.parametrize("query", ["system=XYZ", "system=NPU&code=NPU1"])
def test_what_is_not_there(clinic: Door, query: str):
    answer = clinic.program("rikke").get(f"/api/catalogue/codes?{query}")

    assert answer.status_code == 404
    assert "There is no" in answer.json()["error"]


def test_strangers_see_nothing(clinic: Door):
    assert clinic.program(None).get("/api/catalogue/codes").status_code == 401
    assert clinic.program("ghost").get("/api/catalogue/codes").status_code == 403


def test_the_page_shows_codes_and_their_bands(
    clinic: Door, settings: Settings, database: Database
):
    release(settings, database, "mads", clock=at())
    band = released_bands(database, 1)["NPU", "NPU19748"]
    rikke = clinic.browser("rikke")

    page = rikke.get("/codes?system=NPU&language=da").text
    assert "<code>NPU19748</code>" in page
    assert in_words(band, "da") in page
    below = rikke.get("/codes?system=NPU&code=NPU19748&language=en").text
    assert "There are no codes below this one." in below
    assert 'href="/services/portal/codes?system=NPU&amp;code=NPU19748"' in below


@pytest.mark.parametrize(
    ("band", "english", "danish"),
    [
        (Band(None, 100), "fewer than 100", "færre end 100"),
        (Band(1_000, 10_000), "1,000 to 9,999", "1.000 til 9.999"),
        (Band(10_000, None), "10,000 or more", "10.000 eller flere"),
    ],
)
def test_bands_in_words(band: Band, english: str, danish: str):
    assert in_words(band) == english
    assert in_words(band, "da") == danish
