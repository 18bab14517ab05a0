"""Applications over HTTP: what a script of a page can do, and what it is told."""

import re

import pytest
from sqlalchemy import select

from enclave.delivery import grant as grants
from enclave.store.database import Database
from enclave.store.job_tables import Job
from tests.builders import archived, installation
from tests.builders.portal import Door
from tests.builders.projects import (
    NOW,
    QUESTION,
    project,
    proposal,
    proposal_form,
    request,
)


def act(door: Door, who: str, number: int, action: str, **more):
    program = door.program(who)
    seen = program.get(f"/api/applications/{number}").json()
    body = {"action": action, "version": seen.get("version", 1), **more}
    return program.post(f"/api/applications/{number}/actions", json=body)


def test_from_a_draft_to_a_project(door: Door):
    rikke, karen = door.program("rikke"), door.program("karen")
    new = {"kind": "proposal", "form": proposal_form()}

    made = rikke.post("/api/applications", json=new)
    assert made.status_code == 201
    number = made.json()["id"]
    assert made.json()["problems"] == []
    odd = {one["field"] for one in made.json()["warnings"]}
    assert odd == {"approvals[0].document", "approvals[1].document"}  # not attached
    assert made.json()["question"]["digest"] == QUESTION.digest
    assert act(door, "rikke", number, "submit").json()["state"] == "submitted"
    waiting = karen.get("/api/applications?waiting=true").json()["applications"]
    assert [one["id"] for one in waiting] == [number]
    act(door, "karen", number, "start_review")
    done = act(door, "karen", number, "approve").json()

    assert (done["state"], done["project"]) == ("approved", "demo")
    (mine,) = rikke.get("/api/projects").json()["projects"]
    assert (mine["slug"], mine["state"]) == ("demo", "active")
    assert karen.get("/api/projects").json() == {"projects": []}


def test_from_a_request_to_a_grant_and_a_waiting_delivery(
    clinic: Door, settings, database: Database
):
    form = installation.demo_forms.data_request(
        "demo", installation.VARIABLES, installation.WINDOW
    )
    new = {"kind": "data_request", "form": form}
    number = clinic.program("rikke").post("/api/applications", json=new).json()["id"]

    for who, action in (
        ("rikke", "submit"),
        ("karen", "check_approvals"),
        ("mads", "agree_specification"),
        ("mads", "extract"),
    ):
        answer = act(clinic, who, number, action)
        assert answer.status_code == 200, answer.text

    assert answer.json()["state"] == "qa"
    refused = act(clinic, "mads", number, "activate")
    assert "Nothing is on record yet of the first delivery" in refused.json()["error"]
    with database.begin() as session:
        (issued,) = grants.listing(session)
        grant = grants.load(session, settings, issued.id)
        assert (grant.request, grant.question) == (number, QUESTION)
        (job,) = session.scalars(select(Job)).all()
        assert job.kind == "delivery"


def test_a_variable_that_is_not_there_is_named(clinic: Door):
    form = installation.demo_forms.data_request(
        "demo", ["lab.valeu"], installation.WINDOW
    )
    new = {"kind": "data_request", "form": form}
    number = clinic.program("rikke").post("/api/applications", json=new).json()["id"]

    answer = act(clinic, "rikke", number, "submit")
    assert answer.status_code == 422
    (problem,) = answer.json()["fields"]
    assert problem["field"] == "variables[0]"
    assert "Did you mean lab.value" in problem["message"]


def test_without_a_snapshot_a_request_waits(door: Door, database: Database):
    project(database)
    number = request(database)

    answer = act(door, "rikke", number, "submit")
    assert answer.status_code == 404
    assert "Load a source first" in answer.json()["error"]


def test_an_unfinished_form_says_what_it_lacks(door: Door):
    new = {"kind": "proposal", "form": {"title": "A"}}

    made = door.program("rikke").post("/api/applications", json=new).json()
    assert {"field": "aims", "message": "is missing: fill it in"} in made["problems"]
    refused = act(door, "rikke", made["id"], "submit")
    assert refused.status_code == 422
    assert refused.json()["fields"] == made["problems"]


def test_an_edit_that_came_too_late_changes_nothing(door: Door, database: Database):
    number = proposal(database)
    rikke = door.program("rikke")
    edit = {"form": proposal_form(title="First"), "version": 1}
    late = {"form": proposal_form(title="Late"), "version": 1}

    assert (
        rikke.send("PUT", f"/api/applications/{number}", json=edit).status_code == 200
    )
    answer = rikke.send("PUT", f"/api/applications/{number}", json=late)
    assert answer.status_code == 409
    assert "changed while you looked at it" in answer.json()["error"]
    assert rikke.get(f"/api/applications/{number}").json()["title"] == "First"


def test_an_edit_that_breaks_nothing_is_shown_back(door: Door, database: Database):
    number = proposal(database)
    edit = {"form": proposal_form(title="New"), "version": 1}

    answer = door.program("rikke").send("PUT", f"/api/applications/{number}", json=edit)
    assert (answer.json()["title"], answer.json()["version"]) == ("New", 2)


@pytest.mark.parametrize(
    ("attempt", "status", "words"),
    [
        (("karen", "approve", {}), 409, "is submitted (by rikke)"),
        (("karen", "start_review", {"version": 1}), 409, "was changed while"),
        (("karen", "return", {}), 403, "needs a reason"),
        (("mads", "start_review", {}), 403, "takes the role core"),
        (("rikke", "start_review", {}), 403, "takes the role core"),
        (("karen", "fly", {}), 422, "no action 'fly'"),
        (("anne", "withdraw", {}), 404, "no application"),
        (("karen", "return", {"reason": "See 010190-1234"}), 422, "CPR number"),
        (("karen", "return", {"reason": ["x"]}), 422, "reason"),
        (("karen", "return", {"because": "x"}), 422, "because: No such field"),
    ],
)
def test_refusals_have_their_status_and_their_words(
    door: Door, database: Database, attempt: tuple, status: int, words: str
):
    number = proposal(database, "submitted")
    who, action, more = attempt

    answer = act(door, who, number, action, **more)
    assert answer.status_code == status
    assert words in answer.json()["error"]
    assert (
        door.program("karen").get(f"/api/applications/{number}").json()["state"]
        == "submitted"
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "wish", "form": {}}, "kind: Write one of these"),
        ({"kind": "proposal"}, "form: The field is missing"),
        ({"kind": "proposal", "form": []}, "form"),
        ({"kind": "data_request", "form": {}}, "give its slug"),
        ({"kind": "data_request", "form": {"project": "x"}}, "no project 'x'"),
        ({"kind": "data_request", "form": {"analysis": ["x"]}}, "give its slug"),
    ],
)
def test_what_cannot_be_begun(door: Door, body: dict, words: str):
    answer = door.program("rikke").post("/api/applications", json=body)

    assert answer.status_code in {404, 422}
    assert words in answer.json()["error"]


@pytest.mark.parametrize("analysis", [["x"], {"a": 1}, 5, "", "PAC2026None_there"])
def test_a_rerun_request_for_what_is_no_analysis(door: Door, analysis: object):
    body = {"kind": "rerun_request", "form": {"analysis": analysis}}

    answer = door.program("karen").post("/api/applications", json=body)

    assert (answer.status_code, "give its slug" in answer.text) == (422, True)


@pytest.mark.parametrize("kind", ["data_request", "rerun_request"])
def test_an_analysis_tells_nobody_outside_of_its_project(
    door: Door, database: Database, kind: str
):
    project(database)
    with database.begin() as session:
        archived.record(session, "PAC2026Rikke_survival")
    told = set()
    for analysis in ("PAC2026Rikke_survival", "PAC2026None_there"):
        body = {"kind": kind, "form": {"analysis": analysis}}
        answer = door.program("anne").post("/api/applications", json=body)
        told.add((answer.status_code, answer.text))
        browser = door.browser("anne")
        page = browser.get("/applications/new").text
        csrf = re.search(r'name="csrf" value="([^"]*)"', page)[1]
        wish = {"csrf": csrf, "kind": kind, "analysis": analysis}
        pressed = browser.post("/applications/new", data=wish)
        told.add((pressed.status_code, re.sub(r'value="[^"]*"', "", pressed.text)))

    assert len(told) == 2
    assert {status for status, _ in told} <= {403, 422}


def test_what_was_sent_is_not_repeated(door: Door):
    body = {"kind": ["SECRET-1"], "form": "SECRET-2"}

    answer = door.program("rikke").post("/api/applications", json=body)
    assert answer.status_code == 422
    assert "SECRET" not in answer.text


def test_times_and_names_in_a_document(door: Door, database: Database):
    number = proposal(database, "returned")

    found = door.program("rikke").get(f"/api/applications/{number}").json()
    assert found["created"] == NOW.isoformat()
    assert [one["to"] for one in found["history"]] == ["submitted", "returned"]
    assert found["actions"] == ["submit", "withdraw"]


@pytest.mark.parametrize("kind", ["proposal", "data_request"])
def test_the_forms_are_described(door: Door, kind: str):
    found = door.program("rikke").get(f"/api/forms/{kind}").json()

    assert found["additionalProperties"] is False
    assert found["properties"]["end_date"]["title_da"]


def test_a_form_that_there_is_not(door: Door):
    assert door.program("rikke").get("/api/forms/wish").status_code == 422


@pytest.mark.parametrize(
    ("who", "status"), [("rikke", 200), ("ada", 200), ("anne", 403), ("ole", 403)]
)
def test_a_project_is_shown_to_its_people(
    door: Door, database: Database, who: str, status: int
):
    project(database)

    assert door.program(who).get("/api/projects/demo").status_code == status
    assert door.program(who).get("/api/projects/nope").status_code == 404
