"""Pages: what they show to whom, in which language, and what their buttons do."""

import re
from datetime import timedelta

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.portal.home import pages as home
from enclave.portal.page_forms import CSRF
from enclave.portal.tokens import Tokens
from enclave.portal.visit import SCOPE, load_key
from enclave.projects import listings
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.portal import Door, Visits
from tests.builders.projects import (
    at,
    later,
    project,
    proposal,
    proposal_form,
    request,
    take,
)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return found[1]


def press(browser: Visits, number: int, button: str, **changes):
    """Open an application's page and press one of its buttons."""
    page = browser.get(f"/applications/{number}").text
    fields = {
        "csrf": hidden(page, "csrf"),
        "version": hidden(page, "version"),
        "action": button,
        **changes,
    }
    return browser.post(f"/applications/{number}/act", data=fields)


def buttons(page: str) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', page)


def test_the_first_page_tells_what_waits(door: Door, database: Database):
    number = proposal(database, "submitted", title="Sepsis & outcome")

    karen = door.browser("karen").get("/")
    rikke = door.browser("rikke").get("/")
    anne = door.browser("anne").get("/")
    assert "Waiting for you" in karen.text
    assert f"/services/portal/applications/{number}" in karen.text
    assert "Waiting for you" not in rikke.text
    assert "Sepsis &amp; outcome" in rikke.text
    assert "Sepsis" not in anne.text
    assert "You belong to no project yet" in anne.text


def test_a_project_is_opened_from_the_first_page(door: Door, database: Database):
    project(database)

    page = door.browser("rikke").get("/").text
    assert 'href="/hub/spawn/rikke/demo"' in page
    assert 'href="/services/portal/projects/demo"' in page


def test_a_project_that_may_not_work_says_why(door: Door, database: Database):
    approvals = proposal_form()["approvals"]
    approvals[1]["expires"] = at()().date().isoformat()
    project(database, approvals=approvals)
    door.app.state.office = _later(door)

    page = door.browser("rikke").get("/").text
    assert "/hub/spawn" not in page
    assert "is suspended: approval regionsraad R-26012345 expired" in page


def _later(door: Door):
    office = door.app.state.office
    return type(office)(**{**office.__dict__, "clock": later(days=1)})


def test_a_page_shows_the_question_in_words_and_the_form(
    door: Door, database: Database
):
    number = proposal(database, "internal_review")

    english = door.browser("karen").get(f"/applications/{number}?language=en").text
    danish = door.browser("karen").get(f"/applications/{number}?language=da").text
    assert "all women" in english
    assert "alle kvinder" in danish
    for label, text in (("Background", english), ("Baggrund", danish)):
        assert re.search(rf"<dt[^>]*>{label}</dt>", text)
    assert "Regional council" in english
    assert "Regionsråd" in danish
    assert "P-2026-123" in english
    assert "Godkend med vilkår" in danish


def test_a_data_request_shows_what_is_asked_for(door: Door, database: Database):
    project(database)
    number = request(database, "submitted")

    page = door.browser("mads").get(f"/applications/{number}?language=en").text
    assert "2010-01-01 \N{EN DASH} 2024-12-31" in page
    assert "Needed for the adjusted model" in page
    assert "real dates" in page
    assert 'href="/services/portal/projects/demo"' in page


def test_an_unfinished_draft_says_what_it_lacks(door: Door, database: Database):
    number = proposal(database, title="", aims=None, group="nobody")

    page = door.browser("rikke").get(f"/applications/{number}?language=da").text
    for said in ("Titel</strong>: er tomt", "Formål</strong>: ", "Projektgruppe</"):
        assert f"<strong>{said}" in page
    assert "fill it in" not in page


@pytest.mark.parametrize(
    ("who", "found"),
    [
        (
            "karen",
            ["approve", "approve_conditionally", "send_to_sac", "return", "reject"],
        ),
        ("rikke", ["withdraw"]),
        ("mads", []),
    ],
)
def test_buttons_are_what_one_may_do(
    door: Door, database: Database, who: str, found: list[str]
):
    number = proposal(database, "internal_review")

    assert buttons(door.browser(who).get(f"/applications/{number}").text) == found


def test_a_button_does_what_it_says(door: Door, database: Database):
    number = proposal(database, "internal_review")
    karen = door.browser("karen")

    answer = press(karen, number, "return", reason="Say more about the aims.")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/services/portal/applications/{number}"
    page = door.browser("rikke").get(f"/applications/{number}").text
    assert "Returned" in page
    assert "Say more about the aims." in page


def test_what_is_refused_is_told_on_a_page(door: Door, database: Database):
    number = proposal(database, "internal_review")

    answer = press(door.browser("karen"), number, "return", reason=" ")
    assert answer.status_code == 403
    assert "needs a reason" in answer.text
    assert "<h1>This was not done</h1>" in answer.text


def test_a_refused_form_is_told_by_its_labels_in_the_readers_words(
    door: Door, database: Database
):
    number = proposal(database, hypothesis="Short.")

    answer = press(door.browser("rikke", **{"accept-language": "da"}), number, "submit")

    assert answer.status_code == 422
    assert "Formularen er ikke hel:" in answer.text
    assert "Hypotese: er for kort: mindst 20 tegn." in answer.text
    assert "hypothesis" not in answer.text


def test_who_does_not_lead_it_is_shown_no_form_to_fill_in(
    door: Door, database: Database
):
    both = [*proposal_form()["group"], *proposal_form()["group"]]
    both[1] = {**both[1], "email": "anne@demo.example", "role": "member"}
    number = proposal(database, group=both)

    assert door.browser("rikke").get(f"/applications/{number}/edit").status_code == 200
    refused = door.browser("anne").get(f"/applications/{number}/edit")
    assert refused.status_code == 403
    assert "ask the person who did" in refused.text


def test_a_page_that_is_out_of_date_decides_nothing(door: Door, database: Database):
    number = proposal(database, "internal_review")
    karen = door.browser("karen")
    page = karen.get(f"/applications/{number}").text
    with database.begin() as session:
        take(session, number, "return", "karen")
        take(session, number, "submit", "rikke")
        take(session, number, "start_review", "karen")

    stale = {name: hidden(page, name) for name in ("csrf", "version")}
    answer = karen.post(
        f"/applications/{number}/act", data={**stale, "action": "approve"}
    )
    assert answer.status_code == 409
    assert "read it" in answer.text


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"csrf": ""}, 403, "not issued here"),
        ({"csrf": "enclave1.e30.xx"}, 403, "not issued here"),
        ({"version": ""}, 422, "names no version"),
        ({"version": "1e3"}, 422, "names no version"),
        ({"action": ""}, 422, "no action"),
        ({"action": "approve'--"}, 422, "no action"),
    ],
)
def test_a_page_we_did_not_give_out_does_nothing(
    door: Door, database: Database, changes: dict, status: int, words: str
):
    number = proposal(database, "internal_review")

    answer = press(door.browser("karen"), number, "approve", **changes)
    assert answer.status_code == status
    assert words in answer.text
    seen = door.program("karen").get(f"/api/applications/{number}").json()
    assert seen["state"] == "internal_review"


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (("anne", CSRF, 0), "opened by somebody else"),
        (("karen", SCOPE, 0), "for something else"),
        (("karen", CSRF, -1), "has expired"),
    ],
)
def test_a_page_of_another_person_purpose_or_day_does_nothing(
    door: Door, database: Database, settings: Settings, claim: tuple, words: str
):
    number = proposal(database, "internal_review")
    account, scope, when = claim
    made = Tokens(load_key(settings), later(days=when)).issue(
        account, scope, timedelta(hours=1)
    )

    answer = press(door.browser("karen"), number, "approve", csrf=made)
    assert answer.status_code == 403
    assert words in answer.text


def test_a_button_pressed_by_another_site_does_nothing(door: Door, database: Database):
    number = proposal(database, "internal_review")
    own = door.browser("karen")
    page = own.get(f"/applications/{number}").text
    fields = {name: hidden(page, name) for name in ("csrf", "version")}
    elsewhere = door.plain("karen", origin="http://evil.test", accept="text/html")

    answer = elsewhere.post(
        f"/applications/{number}/act", data={**fields, "action": "approve"}
    )
    assert answer.status_code == 403
    assert "another site" in answer.text


def test_what_people_write_is_never_markup(door: Door, database: Database):
    evil = '<script>alert("x")</script><img src=x onerror=alert(1)>'
    number = proposal(database, "submitted", title=evil, background=evil * 2)
    with database.begin() as session:
        take(session, number, "return", "karen", evil)

    for path in ("/", "/applications", f"/applications/{number}"):
        page = door.browser("rikke").get(path).text
        assert "<script>" not in page
        assert "<img src=x" not in page
    assert "&lt;script&gt;" in page


def test_the_language_is_the_browsers_until_one_is_chosen(door: Door):
    danish = {"accept-language": "da-DK,da;q=0.9,en;q=0.8"}
    browser = door.browser("rikke", **danish)

    assert '<html lang="da">' in browser.get("/").text
    chosen = browser.get("/?language=en")
    assert '<html lang="en">' in chosen.text
    cookie = chosen.headers["set-cookie"]
    assert "enclave-language=en" in cookie
    assert "HttpOnly" in cookie
    assert "Path=/services/portal" in cookie
    assert '<html lang="en">' in browser.get("/").text


@pytest.mark.parametrize("language", ["fr", "<script>", "", "DA"])
def test_an_unknown_language_is_english(door: Door, language: str):
    answer = door.browser("rikke").get("/", params={"language": language})

    assert '<html lang="en">' in answer.text
    assert "<script" not in str(answer.headers)


def test_a_projects_page_shows_the_five_safes(door: Door, database: Database):
    project(database)
    request(database, "active")

    page = door.browser("rikke").get("/projects/demo").text
    for safe in ("people", "project", "setting", "data", "outputs"):
        assert f">Safe {safe}</h2>" in page
    assert "Data request 2" in page
    assert "R-26012345" in page
    assert door.browser("anne").get("/projects/demo").status_code == 403


def test_lists_hold_what_one_may_see(door: Door, database: Database):
    proposal(database, "submitted", title="Seen")
    proposal(database, title="Still a draft")

    page = door.browser("ada").get("/applications").text
    assert "Seen" in page
    assert "Still a draft" not in page
    assert "No applications yet" in door.browser("anne").get("/applications").text


def test_nothing_is_loaded_from_elsewhere(door: Door, database: Database):
    number = proposal(database, "submitted")

    for path in ("/", "/applications", f"/applications/{number}"):
        page = door.browser("karen").get(path).text
        assert not re.search(r'(?:src|href|action)="(?!/|\?|#)', page)
    style = door.browser("karen").get("/static/portal.css").text
    assert "url(" not in style
    assert "@import" not in style


def test_a_long_list_leads_from_page_to_page(
    door: Door, database: Database, monkeypatch: pytest.MonkeyPatch
):
    for number in range(5):
        proposal(database, "submitted", title=f"Study {number}")
    karen = door.browser("karen")

    more = 'href="/services/portal/applications?waiting=true"'
    monkeypatch.setattr(home, "SHOWN", 5)
    monkeypatch.setattr(listings, "PAGE_SIZE", 5)
    assert more not in karen.get("/").text
    monkeypatch.setattr(home, "SHOWN", 1)
    monkeypatch.setattr(listings, "PAGE_SIZE", 2)
    assert "See all 5" in karen.get("/").text
    assert more in karen.get("/").text
    first = karen.get("/applications?waiting=true").text
    assert "Page 1 of 3" in first
    assert "Study 0" in first
    assert 'href="?waiting=true&amp;page=2"' in first
    last = karen.get("/applications?waiting=true&page=3").text
    assert "Study 4" in last
    assert 'rel="next"' not in last


def test_codes_are_called_by_their_names(clinic: Door, database: Database):
    lab = EventCriterion(table="lab", codes=CodeList.of("NPU", "NPU19748"))
    number = proposal(
        database,
        "submitted",
        population=Question(criteria=(lab,)).model_dump(mode="json"),
        short_name="labs",
    )

    page = clinic.browser("karen").get(f"/applications/{number}?language=da").text
    assert "Laboratoriesvar" in page
