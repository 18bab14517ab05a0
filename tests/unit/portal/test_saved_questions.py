"""A person's own questions: saved as a person, read by that person's kernels."""

import re

import pytest

from enclave.cohort.packing import pack
from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave.cohort.saved_questions import MOST
from tests.builders.portal import token


ASKED = Question(
    population=Population(sex="female"),
    criteria=(EventCriterion(codes=CodeList.of("SKS", "DE11*")),),
)
API = "/api/saved-questions"


def _save(door, name="Women", question=ASKED, who="rikke"):
    body = {"name": name, "question": question.model_dump(mode="json")}
    return door.program(who).post(API, json=body)


def _names(door, who="rikke"):
    return [one["name"] for one in door.program(who).get(API).json()]


def test_saved_by_a_person_and_read_by_their_kernel_alone(clinic, settings):
    assert _save(clinic).status_code == 201

    (read,) = clinic.bearer(token(settings)).get(API).json()

    assert Question.model_validate(read["question"]) == ASKED
    assert clinic.bearer(token(settings, "anne")).get(API).json() == []


def test_a_name_is_used_once(clinic):
    _save(clinic)
    _save(clinic, question=Question())
    _save(clinic, name="  Another  ")

    (another, women) = clinic.program("rikke").get(API).json()

    assert another["name"] == "Another"
    assert Question.model_validate(women["question"]) == Question()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nb", "Fru Hansen 010190-1234"])
def test_a_name_that_cannot_be_used(clinic, name):
    answer = _save(clinic, name=name)

    assert answer.status_code == 422
    assert "Choose another one" in answer.json()["error"]
    assert _names(clinic) == []


def test_nobody_deletes_what_is_somebody_elses(clinic):
    number = _save(clinic).json()["number"]

    assert clinic.program("anne").send("DELETE", f"{API}/{number}").status_code == 404
    assert _names(clinic) == ["Women"]
    assert clinic.program("rikke").send("DELETE", f"{API}/{number}").status_code == 204
    assert _names(clinic) == []


def test_no_more_than_a_notepad_holds(clinic):
    for number in range(MOST):
        assert _save(clinic, name=f"q{number}").status_code == 201

    assert "as many as one may" in _save(clinic, name="one more").json()["error"]
    assert _save(clinic, name="q7").status_code == 201


@pytest.mark.parametrize(
    ("language", "save"), [("en", "Save this question"), ("da", "Gem dette spørgsmål")]
)
def test_the_page_saves_opens_and_deletes(clinic, language, save):
    rikke = clinic.browser("rikke")
    page = rikke.get(f"/saved-questions?question={pack(ASKED)}&language={language}")
    assert save in page.text
    assert "DE11" in page.text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)[1]
    form = {"csrf": csrf, "question": pack(ASKED), "name": "<b>Women</b>"}

    assert rikke.post("/saved-questions", data=form).status_code == 303
    listed = rikke.get("/saved-questions").text
    assert "<b>Women" not in listed
    assert f"/services/feasibility/?question={pack(ASKED)}" in listed
    delete = re.search(r'action="[^"]*(/saved-questions/\d+/delete)"', listed)[1]
    assert rikke.post(delete, data={"csrf": "forged"}).status_code == 403
    assert rikke.post(delete, data={"csrf": csrf}).status_code == 303
    assert _names(clinic) == []


def test_a_form_from_elsewhere_saves_nothing(clinic):
    form = {"csrf": "forged", "question": pack(ASKED), "name": "Women"}

    answer = clinic.browser("rikke").post("/saved-questions", data=form)

    assert answer.status_code == 403
    assert _names(clinic) == []
