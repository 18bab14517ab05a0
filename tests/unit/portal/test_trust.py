"""Institution, agreement and training through the portal: pages and JSON."""

import re

import pytest

from enclave.projects.training import attempts
from enclave.store.certification_tables import TrainingAttempt
from enclave.store.database import Database
from enclave.store.project_tables import Account
from tests.builders.portal import Door
from tests.builders.projects import project


@pytest.fixture
def stranger(door: Door, database: Database) -> Door:
    """Rikke has a project, and neither agreement nor training."""
    project(database)
    with database.begin() as session:
        rikke = session.get_one(Account, "rikke")
        rikke.agreement_until = rikke.training_until = None
    return door


def _csrf(page: str) -> str:
    return re.search(r'name="csrf" value="([^"]*)"', page)[1]


def _right(database: Database) -> list[int]:
    with database.begin() as session:
        made = session.query(TrainingAttempt).one()
        return [one.right for one in attempts.asked(made)]


@pytest.mark.parametrize("language", ["en", "da"])
def test_a_person_accepts_takes_the_test_and_may_work(stranger, database, language):
    rikke = stranger.browser("rikke", **{"accept-language": language})
    assert "/agreement" in rikke.get("/").text
    unread = {"en": "has not accepted the user", "da": "har ikke accepteret bruger"}
    assert unread[language] in rikke.get("/").text
    assert unread[language] in rikke.get("/agreement").text

    page = rikke.get("/agreement").text
    assert {"en": "Nobody is identified", "da": "Ingen identificeres"}[language] in page
    accepted = {"csrf": _csrf(page), "version": "2026-11", "read": "on"}
    assert rikke.post("/agreement", data=accepted).status_code == 303
    untaken = {"en": "has not passed the yearly", "da": "har ikke bestået den årlige"}
    assert untaken[language] in rikke.get("/").text
    assert untaken[language] in rikke.get("/training").text

    page = rikke.get("/training").text
    to = rikke.post("/training", data={"csrf": _csrf(page)}).headers["location"]
    path = to.removeprefix("/services/portal")
    page = rikke.get(path).text
    assert page.count("<fieldset") == 10
    given = {f"answer-{at}": str(one) for at, one in enumerate(_right(database))}
    lacking = {**given, "csrf": _csrf(page)}
    del lacking["answer-4"]
    missed = {"en": "Question 5 has no answer", "da": "Spørgsmål 5 er ubesvaret"}
    assert missed[language] in rikke.post(path, data=lacking).text
    assert rikke.post(path, data={**given, "csrf": _csrf(page)}).status_code == 303
    assert {"en": "10 of 10 right", "da": "10 af 10 rigtige"}[language] in rikke.get(
        path
    ).text
    assert "/hub/spawn/rikke/demo" in rikke.get("/").text
    assert stranger.browser("anne").get(path).status_code == 404


def test_who_fails_reads_why(stranger, database):
    rikke = stranger.browser("rikke")
    page = rikke.get("/training").text
    to = rikke.post("/training", data={"csrf": _csrf(page)}).headers["location"]
    path = to.removeprefix("/services/portal")
    given = {
        f"answer-{at}": str((one + 1) % 3) for at, one in enumerate(_right(database))
    }
    rikke.post(path, data={**given, "csrf": _csrf(rikke.get(path).text)})

    page = rikke.get(path).text
    assert "0 of 10 right" in page
    assert page.count("That is not right.") == 10
    assert "Not passed" in rikke.get("/training").text


def test_a_result_outlives_its_questions(stranger, database):
    """Since the test, one question was taken out and another has fewer options."""
    rikke = stranger.browser("rikke")
    page = rikke.get("/training").text
    to = rikke.post("/training", data={"csrf": _csrf(page)}).headers["location"]
    path = to.removeprefix("/services/portal")
    given = {f"answer-{at}": str(one) for at, one in enumerate(_right(database))}
    rikke.post(path, data={**given, "csrf": _csrf(rikke.get(path).text)})
    with database.begin() as session:
        made = session.query(TrainingAttempt).one()
        first, second, *rest = made.questions
        first, second = {**first, "id": "gone"}, {**second, "order": [3, 2, 1, 0]}
        made.questions, made.bank_digest = [first, second, *rest], "0" * 64

    page = rikke.get(path).text

    assert "10 of 10 right" in page
    assert "The questions were changed since" in page
    assert "Your answer" not in page
    told = stranger.program("rikke").get("/api/training")
    assert (told.status_code, told.json()["attempts"][0]["questions"]) == (200, [])


def test_programs_do_the_same_and_never_see_what_is_right(stranger, database):
    rikke = stranger.program("rikke")
    version = rikke.get("/api/agreement").json()["version"]
    assert rikke.post("/api/agreement", json={"version": "old"}).status_code == 409
    made = rikke.post("/api/agreement", json={"version": version})
    assert made.status_code == 201
    assert rikke.get("/api/agreement").json()["accepted"] == [made.json()]

    drawn = rikke.post("/api/training/attempts").json()
    assert len(drawn["questions"]) == 10
    assert "right" not in str(drawn["questions"][0].keys())
    number = drawn["id"]
    done = rikke.post(
        f"/api/training/attempts/{number}", json={"answers": _right(database)}
    )
    assert done.json()["passed"] is True
    assert rikke.get("/api/training").json()["until"] is not None
    again = rikke.post(f"/api/training/attempts/{number}", json={"answers": [0] * 10})
    assert again.status_code == 409


def test_core_keeps_the_register_of_institutions(stranger):
    karen = stranger.browser("karen")
    page = karen.get("/institutions?language=da").text
    assert "Autoriseret" in page
    wanted = {
        "csrf": _csrf(page),
        "action": "authorise",
        "name": "Karolinska",
        "country": "se",
        "host": "Rigshospitalet",
        "until": "2030-12-31",
    }
    assert karen.post("/institutions", data=wanted).status_code == 303
    gone = {"csrf": _csrf(page), "name": "Karolinska", "action": "suspended"}
    assert karen.post("/institutions", data=gone).status_code == 422
    karen.post("/institutions", data={**gone, "reason": "Ended by them."})
    found = stranger.program("rikke").get("/api/institutions").json()
    assert [(one["name"], one["state"]) for one in found] == [
        ("Karolinska", "suspended"),
        ("Rigshospitalet", "authorised"),
    ]
    rikke = stranger.browser("rikke")
    assert "<form" not in rikke.get("/institutions").text
    forged = {**wanted, "csrf": _csrf(rikke.get("/training").text)}
    assert rikke.post("/institutions", data=forged).status_code == 403


def test_programs_of_others_change_no_institution(stranger):
    wanted = {"name": "X-hospital", "reason": "Mine."}
    assert (
        stranger.program("rikke").post("/api/institutions", json=wanted).status_code
        == 403
    )
    karen = stranger.program("karen")
    assert karen.post("/api/institutions", json=wanted).status_code == 201
    ended = {"name": "X-hospital", "state": "ended", "reason": "Over."}
    answer = karen.send("PUT", "/api/institutions", json=ended)
    assert answer.json()["state"] == "ended"
