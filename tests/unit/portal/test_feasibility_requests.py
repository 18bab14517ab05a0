"""Feasibility requests in the portal: asked, answered, read."""

import re
from datetime import date

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave.projects import demo_forms
from tests.builders.portal import Door


TESTED = EventCriterion(codes=CodeList.of("NPU", "NPU19748"))
QUESTION = Question(population=Population(sex="female"), index=TESTED)
REASON = "To see whether the study has enough patients."
REMARKS = {"quality": "Units <changed> in 2010.", "suggestions": "", "missing": ""}


@pytest.fixture
def number(clinic: Door) -> int:
    """A request that a data manager works on."""
    form = demo_forms.feasibility_request(
        QUESTION,
        ["lab.value"],
        (date(2008, 1, 1), date(2013, 12, 31)),
        counts_by=["sex-age"],
    )
    rikke, mads = clinic.program("rikke"), clinic.program("mads")
    made = rikke.post(
        "/api/applications", json={"kind": "feasibility_request", "form": form}
    ).json()
    act(rikke, made["id"], "submit", 1)
    act(mads, made["id"], "take_up", 2)
    return made["id"]


def act(visitor, number: int, action: str, version: int) -> None:
    done = visitor.post(
        f"/api/applications/{number}/actions",
        json={"action": action, "version": version},
    )
    assert done.status_code == 200, done.text


def body(**changes) -> dict:
    return {"version": 3, "reason": REASON, "remarks": REMARKS, **changes}


def test_a_program_answers(clinic: Door, number: int):
    path = f"/api/applications/{number}"
    done = clinic.program("mads").post(f"{path}/answer", json=body())

    assert done.status_code == 200
    assert done.json()["exact_persons"] == 11
    read = clinic.program("rikke").get(path)
    assert read.json()["state"] == "answered"
    assert read.json()["outcome"]["steps"] == done.json()["outcome"]["steps"]
    assert "exact_persons" not in read.text


@pytest.mark.parametrize(
    ("who", "changes", "status"),
    [
        ("mads", {"version": 2}, 409),
        ("mads", {"reason": ""}, 422),
        ("mads", {"remarks": {"colour": "blue"}}, 422),
        ("karen", {}, 403),
        ("rikke", {}, 403),
        ("anne", {}, 404),
        (None, {}, 401),
    ],
)
def test_what_is_refused(clinic: Door, number: int, who, changes: dict, status: int):
    path = f"/api/applications/{number}"

    done = clinic.program(who).post(f"{path}/answer", json=body(**changes))
    assert done.status_code == status
    assert "exact_persons" not in done.text
    assert clinic.program("rikke").get(path).json()["outcome"] is None


def send(clinic: Door, number: int, **changes: str):
    """Fill the answer's form on the page, as the data manager."""
    mads = clinic.browser("mads")
    page = mads.get(f"/applications/{number}").text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    assert csrf
    fields = {"csrf": csrf[1], "version": "3", "reason": REASON, **REMARKS, **changes}
    return mads.post(f"/applications/{number}/answer", data=fields)


def test_a_person_answers_on_the_page(clinic: Door, number: int):
    page = clinic.browser("mads").get(f"/applications/{number}").text
    assert f'action="/services/portal/applications/{number}/answer"' in page

    done = send(clinic, number)
    assert done.status_code == 200
    assert "Exactly, and for you alone: 11 persons on snapshot 1." in done.text
    for who in ("rikke", "mads"):
        english = clinic.browser(who).get(f"/applications/{number}?language=en").text
        assert "Answered by mads on 2026-11-22, valid until 2027-05-24." in english
        assert "Units &lt;changed&gt; in 2010." in english
        assert "for you alone" not in english
        assert REASON not in english


def test_the_outcome_is_told_in_danish(clinic: Door, number: int):
    send(clinic, number)

    page = clinic.browser("rikke").get(f"/applications/{number}?language=da").text
    assert "Patienter trin for trin" in page
    assert "Køn og alder" in page
    assert '<th scope="col">Kvinder</th>' in page
    assert "Hele gruppen" in page
    assert "færre end" in page
    assert "fewer than" not in page


def test_a_page_we_did_not_give_out_answers_nothing(clinic: Door, number: int):
    assert send(clinic, number, csrf="").status_code == 403
    assert send(clinic, number, version="").status_code == 422
    assert send(clinic, number, reason=" ").status_code == 422
    state = clinic.program("rikke").get(f"/api/applications/{number}").json()["state"]
    assert state == "in_work"


def test_a_request_outside_the_data_is_not_submitted(clinic: Door):
    form = demo_forms.feasibility_request(
        QUESTION,
        ["lab.value", "lab.person", "lab.nothing", "code.code"],
        (date(1990, 1, 1), date(2013, 12, 31)),
        deadline="2020-01-01",
        population=Question().model_dump(mode="json"),
        counts_by=["index-year"],
    )
    rikke = clinic.program("rikke")
    made = rikke.post(
        "/api/applications", json={"kind": "feasibility_request", "form": form}
    ).json()

    done = rikke.post(
        f"/api/applications/{made['id']}/actions",
        json={"action": "submit", "version": 1},
    )
    assert done.status_code == 422
    assert {one["field"] for one in done.json()["fields"]} == {
        *("variables[1]", "variables[2]", "variables[3]"),
        *("window", "deadline", "counts_by"),
    }


def propose(clinic: Door, who: str, number: int):
    visitor = clinic.browser(who)
    csrf = re.search(
        r'name="csrf" value="([^"]*)"', visitor.get("/applications/new").text
    )
    assert csrf
    return visitor.post(f"/applications/{number}/propose", data={"csrf": csrf[1]})


def test_a_proposal_begins_with_the_answer_and_shows_it_to_its_readers(
    clinic: Door, number: int
):
    rikke, path = clinic.browser("rikke"), f"/applications/{number}"
    assert f'{path}/propose"' not in rikke.get(path).text
    send(clinic, number)
    assert f'{path}/propose"' in rikke.get(path).text
    assert f'{path}/propose"' not in clinic.browser("mads").get(path).text

    begun = propose(clinic, "rikke", number)
    assert begun.status_code == 303
    proposal = begun.headers["location"].removesuffix("/edit").rpartition("/")[2]
    form = clinic.program("rikke").get(f"/api/applications/{proposal}").json()["form"]
    assert form["feasibility_request"] == number
    assert form["variables_wanted"] == "lab.value"
    assert form["title"] == "Are there enough patients with a first diagnosis?"
    shown = rikke.get(f"/applications/{proposal}?language=da").text
    assert f"Fra feasibility-anmodning {number}, som forslaget bygger på" in shown
    assert "Patienter trin for trin" in shown
    assert "11 persons" not in shown


def test_nobody_else_begins_with_the_answer(clinic: Door, number: int):
    send(clinic, number)

    assert propose(clinic, "anne", number).status_code == 404


def test_what_is_not_answered_begins_nothing(clinic: Door, number: int):
    done = propose(clinic, "rikke", number)

    assert done.status_code == 403
    assert "no feasibility request that was answered to rikke" in done.text
