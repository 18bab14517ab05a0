"""Cohort definitions of ATLAS on a page and by the API, both ways."""

import re

import pytest

from enclave.cohort.atlas.reading import read_definition
from enclave.cohort.packing import pack
from enclave.cohort.question import CodeList, EventCriterion, Question
from tests.builders.portal import Door, token
from tests.unit.cohort.atlas.definitions import NEW_USERS, text


ASKED = read_definition(text(NEW_USERS)).question
WITH_EXIT = NEW_USERS | {
    "EndStrategy": {"DateOffset": {"DateField": "StartDate", "Offset": 7}}
}
# ATLAS has no cohorts without an index event.
UNSAYABLE = Question(criteria=(EventCriterion(codes=CodeList.of("SKS", "DE11*")),))


def post(door: Door, path: str, **asked):
    return door.program("rikke").post(f"/api/atlas/{path}", json=asked)


def test_there_and_back_by_the_api(clinic: Door):
    there = post(clinic, "question", definition=NEW_USERS)
    back = post(clinic, "definition", question=there.json()["question"])

    assert there.status_code == back.status_code == 200
    assert Question.model_validate(there.json()["question"]) == ASKED
    assert any(note.startswith("Age: ") for note in back.json()["notes"])
    again = post(clinic, "question", definition=back.json()["definition"])
    assert again.status_code == 200


@pytest.mark.parametrize(
    ("path", "asked", "named"),
    [
        ("question", {"definition": WITH_EXIT}, "EndStrategy: a question does not say"),
        ("question", {"definition": {"a": 1}}, "no PrimaryCriteria"),
        ("definition", {"question": UNSAYABLE.model_dump(mode="json")}, "index: every"),
    ],
)
def test_what_cannot_be_said_is_named(clinic: Door, path, asked, named):
    answer = post(clinic, path, **asked)

    assert answer.status_code == 422
    assert named in answer.json()["error"]


def test_a_field_that_stands_twice_is_refused_by_the_api(clinic: Door):
    """The last of the two would be all that is read, and nobody told."""
    twice = text(NEW_USERS)[:-1] + ', "QualifiedLimit": {"Type": "All"}}'

    answer = clinic.program("rikke").post(
        "/api/atlas/question",
        content=f'{{"definition": {twice}}}',
        headers={"content-type": "application/json"},
    )

    assert answer.status_code == 422
    assert "QualifiedLimit stands twice" in answer.json()["error"]


def test_a_kernel_may_translate_and_nobody_who_is_not_known(clinic: Door, settings):
    kernel = clinic.bearer(token(settings))
    body = {"definition": WITH_EXIT, "entry_only": True}

    assert kernel.post("/api/atlas/question", json=body).status_code == 200
    nobody = clinic.bearer("nonsense").post("/api/atlas/question", json=body)
    assert nobody.status_code == 401


def submitted(door: Door, **fields):
    page = door.browser("rikke").get("/atlas").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    return door.browser("rikke").post("/atlas", data={"csrf": csrf, **fields})


def test_a_definition_is_pasted_and_becomes_a_question(clinic: Door):
    answer = submitted(clinic, definition=text(WITH_EXIT), entry_only="yes")

    assert answer.status_code == 200
    assert f"/services/feasibility/?question={pack(ASKED)}" in answer.text
    assert "EndStrategy: left out" in answer.text


def test_what_a_pasted_definition_cannot_be_is_listed(clinic: Door):
    answer = submitted(clinic, definition=text(WITH_EXIT).replace("Metformin", "<b>"))

    assert answer.status_code == 422
    assert ">EndStrategy: a question does not say when" in answer.text
    assert "&lt;b&gt;" in answer.text  # what was pasted is still there to be changed
    assert "<b>" not in answer.text


def test_a_question_is_taken_along_as_a_file(clinic: Door):
    rikke = clinic.browser("rikke")
    offered = rikke.get(f"/atlas?question={pack(ASKED)}").text
    file = rikke.get(f"/atlas/definition.json?question={pack(ASKED)}")
    refused = rikke.get(f"/atlas/definition.json?question={pack(UNSAYABLE)}")

    assert f"/atlas/definition.json?question={pack(ASKED)}" in offered
    assert file.headers["content-disposition"].startswith("attachment")
    assert "PrimaryCriteria" in file.json()
    assert refused.status_code == 422
    assert ">index: every ATLAS cohort has an index event" in refused.text
    assert "Download for ATLAS" not in refused.text
