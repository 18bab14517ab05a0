"""Breakdowns, availability and exact counts through the portal, in time slots."""

import time

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave.disclosure.policy import policy
from enclave.portal.feasibility.slot import wait_seconds
from enclave.settings import Settings
from tests.builders.portal import Door, token


WOMEN = Question(population=Population(sex="female"))
TESTED = Question(index=EventCriterion(codes=CodeList.of("NPU", "NPU19748")))
REASON = "Asked for by the department, for a trial"


def body(question: Question, **more: object) -> dict:
    return {"question": question.model_dump(mode="json"), **more}


@pytest.mark.parametrize(
    ("path", "asked", "cells"),
    [
        ("breakdown", body(WOMEN, by="sex-age"), 20),
        ("breakdown", body(TESTED, by="index-year"), 20),
        ("availability", body(WOMEN, variables=["lab.value"]), 2),
        ("codes", body(WOMEN, codes=[["SKS", "DE11"], ["NPU", "NPU19748"]]), 3),
    ],
)
def test_cells_have_one_shape(clinic: Door, path: str, asked: dict, cells: int):
    rikke = clinic.program("rikke")
    answer = rikke.post(f"/api/feasibility/{path}", json=asked)

    assert answer.status_code == 200
    budget = rikke.get("/api/feasibility/budget").json()
    assert budget["composed"]["used_30_days"] == 1
    found = answer.json()
    assert {*found} == {"total", "cells", "sigma"}
    assert found["total"]["budget_left"] == policy().person_30_days - 1
    assert len(found["cells"]) == cells
    for cell in found["cells"]:
        assert {*cell} == {"name", "shown", "value", "hidden_en", "hidden_da"}
        assert (cell["value"] is None) == (cell["hidden_en"] is not None)


def test_numbers_and_years_have_one_shape(clinic: Door):
    asked = body(WOMEN, variables=["lab.value", "person.sex"])

    rikke = clinic.program("rikke")
    found = rikke.post("/api/feasibility/extent", json=asked).json()

    budget = rikke.get("/api/feasibility/budget").json()
    assert found["budget_left"] == budget["left"] == policy().person_30_days - 1
    assert budget["composed"]["used_30_days"] == 1
    assert [one["name"] for one in found["variables"]] == ["lab.value", "person.sex"]
    for one in found["variables"]:
        assert {*one} == {
            "name",
            "median_from",
            "median_to",
            "first_year",
            "or_earlier",
            "last_year",
            "hidden_en",
            "hidden_da",
        }
        assert (one["median_from"] is None) <= (one["hidden_en"] is not None)


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        ("extent", body(WOMEN, variables=[]), 422),
        ("extent", body(WOMEN, variables=["lab.nothing"]), 404),
        ("breakdown", body(WOMEN, by="person.nothing"), 404),
        ("breakdown", body(WOMEN, by="lab.code"), 422),
        ("breakdown", body(WOMEN, by="index-year"), 422),
        ("breakdown", body(WOMEN, by="ward"), 422),
        ("availability", body(WOMEN, variables=[]), 422),
        ("availability", body(WOMEN, variables=["lab.nothing"]), 404),
        ("codes", body(WOMEN, codes=[["SKS", "DE119"]]), 422),
        ("also", body(WOMEN, system="SKS"), 404),
        ("costs", body(WOMEN), 422),
    ],
)
def test_what_cannot_be_sorted_costs_nothing(clinic: Door, path, asked, status):
    rikke = clinic.program("rikke")

    assert rikke.post(f"/api/feasibility/{path}", json=asked).status_code == status
    left = rikke.get("/api/feasibility/budget").json()["left"]
    assert left == policy().person_30_days


def test_an_exact_count_is_for_a_data_manager_who_says_why(clinic: Door):
    path, asked = "/api/feasibility/steward/count", body(WOMEN, reason=REASON)

    answer = clinic.browser("mads").post(path, json=asked)
    assert answer.status_code == 200
    # No field is one of a protected count, so that none is taken for the other.
    assert {*answer.json()} == {
        "exact_persons",
        "asked_question_digest",
        "on_snapshot",
    }
    assert clinic.browser("rikke").post(path, json=asked).status_code == 403
    assert clinic.browser("mads").post(path, json=body(WOMEN)).status_code == 422


def test_an_exact_count_never_reaches_a_kernel(clinic: Door, settings: Settings):
    answer = clinic.bearer(token(settings, "mads")).post(
        "/api/feasibility/steward/count", json=body(WOMEN, reason=REASON)
    )

    assert answer.status_code == 403
    assert "visit token" in answer.json()["error"]


@pytest.mark.parametrize(
    "asked",
    [
        body(WOMEN),
        body(Question(criteria=(EventCriterion(codes=CodeList.of("SKS", "DQ99*")),))),
        body(Question(criteria=(EventCriterion(codes=CodeList.of("SKS", "DB206A")),))),
        {"question": 7},
    ],
    ids=["many", "nobody", "refused", "wrong"],
)
def test_every_answer_takes_a_slot(clinic: Door, asked: dict):
    rikke, begun = clinic.program("rikke"), time.monotonic()

    rikke.post("/api/feasibility/count", json=asked)

    assert time.monotonic() - begun >= policy().answer_slot_ms / 1000


@pytest.mark.parametrize(
    ("elapsed", "wait"), [(0.0, 0.0), (0.01, 0.24), (0.25, 0.0), (0.3, 0.2)]
)
def test_an_answer_waits_for_the_end_of_its_slot(elapsed: float, wait: float):
    assert wait_seconds(elapsed, 250) == pytest.approx(wait)
