"""Reviewers at work on a page, and what each reader sees of it."""

import re

import pytest

from enclave.projects import applications
from enclave.store.database import Database
from tests.builders import project_forms
from tests.builders.portal import Door
from tests.builders.projects import proposal, proposal_form, take
from tests.unit.portal.test_drafts import csrf, version


GIVEN = {
    "choice": "conditions",
    "score": "4",
    "remark": "Sound, but say which aim is first.",
    "hidden_remark": "The group is new to this.",
}


@pytest.fixture
def in_sac(door: Door, database: Database) -> str:
    assert door.app
    number = proposal(database, "internal_review")
    with database.begin() as session:
        take(session, number, "send_to_sac", "karen")
    return f"/applications/{number}"


def vote(door: Door, path: str, who: str, **changes: str):
    browser = door.browser(who)
    page = browser.get(path).text
    fields = {**GIVEN, "csrf": csrf(page), "version": version(page), **changes}
    return browser.post(f"{path}/vote", data=fields)


def test_a_reviewer_sees_the_other_votes_after_their_own(door: Door, in_sac: str):
    assert vote(door, in_sac, "sanne").status_code == 303

    assert GIVEN["remark"] not in door.browser("sune").get(in_sac).text
    vote(door, in_sac, "sune", remark="Well argued.")
    assert GIVEN["remark"] in door.browser("sune").get(in_sac).text
    assert GIVEN["hidden_remark"] in door.browser("karen").get(in_sac).text


def test_the_applicant_sees_remarks_after_the_decision_and_no_names(
    door: Door, database: Database, in_sac: str
):
    for who in ("sanne", "sune"):
        vote(door, in_sac, who)
    assert GIVEN["remark"] not in door.browser("rikke").get(in_sac).text

    with database.begin() as session:
        take(session, int(in_sac.rpartition("/")[2]), "return", "karen")
    page = door.browser("rikke").get(in_sac).text

    assert GIVEN["remark"] in page
    assert GIVEN["hidden_remark"] not in page
    reviews = page[page.index('id="reviews"') :].partition("<aside>")[0]
    assert "sanne" not in reviews
    assert "4 of 5" not in reviews


@pytest.mark.parametrize(
    "wrong", [{"score": "6"}, {"score": ""}, {"choice": "x"}, {"remark": " "}]
)
def test_a_vote_that_is_not_whole(door: Door, in_sac: str, wrong: dict[str, str]):
    assert vote(door, in_sac, "sanne", **wrong).status_code == 422


def test_a_vote_is_about_the_version_that_was_read(door: Door, in_sac: str):
    assert vote(door, in_sac, "sanne", version="1").status_code == 409


def test_comments_by_section(door: Door, database: Database):
    number = proposal(database, "internal_review")
    path = f"/applications/{number}"
    karen = door.browser("karen")
    page = karen.get(path).text
    for field, text, more in (
        ("aims", "Which aim comes first?", {}),
        ("form", "A weak group.", {"hidden": "on"}),
    ):
        fields = {"csrf": csrf(page), "field": field, "text": text, **more}
        assert karen.post(f"{path}/comment", data=fields).status_code == 303
    with database.begin() as session:
        take(session, number, "return", "karen")

    rikke = door.browser("rikke").get(path).text

    assert re.search(
        r"<strong>Aims</strong>.*Which aim comes first\?", rikke, flags=re.DOTALL
    )
    assert "A weak group." not in rikke


def test_stepping_aside_takes_the_buttons_away(door: Door, database: Database):
    path = f"/applications/{proposal(database, 'internal_review')}"
    karen = door.browser("karen")
    page = karen.get(path).text
    assert 'value="approve"' in page

    fields = {"csrf": csrf(page), "reason": "The leader is my brother."}
    karen.post(f"{path}/step-aside", data=fields)

    page = karen.get(path).text
    assert 'value="approve"' not in page
    assert "You stepped aside here" in page


def test_what_changed_since_it_was_returned(door: Door, database: Database):
    number = proposal(database, "returned")
    anne = {"name": "Anne", "email": "anne@demo.example", "institution": "RH"}
    changed = proposal_form(
        group=[*proposal_form()["group"], anne], aims="To find out something smaller."
    )
    with database.begin() as session:
        applications.edit(session, number, changed, "rikke")
        take(session, number, "submit", "rikke")

    page = door.browser("karen").get(f"/applications/{number}?language=da").text

    assert "tilføjer 1 person (Anne)" in page
    assert "omskriver “Formål”" in page


def test_what_an_amendment_changes_also_after_it_was_approved(
    door: Door, database: Database
):
    number = project_forms.within(
        database, project_forms.Kind.AMENDMENT, "approved", "amended"
    )

    page = door.browser("karen").get(f"/applications/{number}").text

    assert "adds 1 register (lab)" in page
    assert "prolongs the project to" in page


def test_the_page_says_when_a_decision_is_expected(door: Door, database: Database):
    path = f"/applications/{proposal(database, 'submitted')}"

    page = door.browser("rikke").get(path).text

    assert "A decision is expected about 20" in page
    assert "Should be acted on by 2026-11-27" in page
