"""Counts and the catalogue: the portal passes them on and changes nothing."""

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave.disclosure.policy import policy
from enclave.feasibility.service import FeasibilityService
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders.portal import Door
from tests.builders.projects import at


WOMEN = Question(population=Population(sex="female"))
MEN = Question(population=Population(sex="male"))


def body(question: Question) -> dict:
    return {"question": question.model_dump(mode="json")}


def test_the_count_is_the_gates(clinic: Door, settings: Settings, database: Database):
    answer = clinic.program("rikke").post("/api/feasibility/count", json=body(WOMEN))
    again = FeasibilityService(settings, database).count("rikke", WOMEN, clock=at())

    assert answer.status_code == 200
    assert answer.json() == {
        "shown": again.shown,
        "value": again.value,
        "answered_before": False,
        "budget_left": again.budget_left,
        "question_digest": WOMEN.digest,
        "snapshot": 1,
    }
    assert again.answered_before


def test_asking_again_is_free(clinic: Door):
    anne = clinic.program("anne")

    first = anne.post("/api/feasibility/count", json=body(WOMEN)).json()
    second = anne.post("/api/feasibility/count", json=body(WOMEN)).json()
    assert second == {**first, "answered_before": True}
    assert first["budget_left"] == policy().person_30_days - 1


def test_an_attrition_has_a_step_for_each_criterion(clinic: Door):
    test = EventCriterion(codes=CodeList.of("NPU", "NPU19748"))
    question = Question(population=Population(sex="female"), criteria=(test,))

    answer = clinic.program("anne").post(
        "/api/feasibility/attrition", json=body(question)
    )
    assert answer.status_code == 200
    steps = answer.json()["steps"]
    assert len(steps) == 3
    assert {*steps[0]} == {"label_en", "label_da", "shown", "value"}
    assert answer.json()["budget_left"] == policy().person_30_days - 3


def test_a_question_that_is_too_fine_is_refused(clinic: Door):
    codes = EventCriterion(codes=CodeList.of("SKS", "DB206A"))
    question = Question(criteria=(codes,))

    answer = clinic.program("rikke").post("/api/feasibility/count", json=body(question))
    assert answer.status_code == 403
    assert "Too fine" in answer.json()["error"]


@pytest.mark.parametrize(
    "wrong", [{}, {"question": {}}, {"question": {"population": {"sex": "SECRET"}}}, []]
)
def test_what_is_no_question_is_not_counted(clinic: Door, wrong):
    program = clinic.program("rikke")

    answer = program.post("/api/feasibility/count", json=wrong)
    if wrong == {"question": {}}:
        # Everybody is a question too.
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("The request cannot be used:")
    assert "SECRET" not in answer.text
    left = program.get("/api/feasibility/budget").json()["left"]
    assert left == policy().person_30_days


def test_the_budget_and_the_rules_are_told(clinic: Door):
    rikke = clinic.program("rikke")

    assert rikke.get("/api/feasibility/budget").json() == {
        "left": 40,
        "limit_30_days": 40,
        "limit_year": 120,
        "used_30_days": 0,
        "used_year": 0,
        "more_at": None,
        "composed": {
            "left": 12,
            "limit_30_days": 12,
            "used_30_days": 0,
            "more_at": None,
        },
    }
    rules = rikke.get("/api/feasibility/policy").json()
    assert rules["rules"]["threshold"] == policy().threshold
    assert {*rules["explanation"]} == {"en", "da"}


def test_an_empty_warehouse_says_what_to_do(door: Door):
    answer = door.program("rikke").post("/api/feasibility/count", json=body(MEN))

    assert answer.status_code == 404
    assert "no data to ask about yet" in answer.json()["error"]


@pytest.mark.parametrize(("language", "label"), [("en", "Result"), ("da", "Resultat")])
@pytest.mark.parametrize("text", ["resultat", "RESULT", "lab.value"])
def test_the_catalogue_is_searched_in_both_languages(
    clinic: Door, language: str, label: str, text: str
):
    answer = clinic.program("rikke").get(
        f"/api/catalogue/search?text={text}&language={language}"
    )

    found = {one["name"]: one for one in answer.json()["variables"]}
    assert found["lab.value"] == {
        "name": "lab.value",
        "label": label,
        "type": "number",
        "unit": "mg/L",
        "code_system": None,
        "sensitivity": "plain",
    }


def test_codes_are_found_by_their_beginning(clinic: Door):
    answer = clinic.program("rikke").get("/api/catalogue/search?text=npu19")

    assert [(one["system"], one["code"]) for one in answer.json()["codes"]] == [
        ("NPU", "NPU19748")
    ]


@pytest.mark.parametrize("query", ["", "text=", "text=a", "text=ab&language=fr"])
def test_a_search_that_cannot_be_answered(clinic: Door, query: str):
    answer = clinic.program("rikke").get(f"/api/catalogue/search?{query}")

    assert answer.status_code == 422


def test_strangers_count_nothing(clinic: Door):
    for path in (
        "feasibility/budget",
        "feasibility/policy",
        "catalogue/search?text=ab",
    ):
        assert clinic.program(None).get(f"/api/{path}").status_code == 401
    assert clinic.program("ghost").get("/api/feasibility/policy").status_code == 403
