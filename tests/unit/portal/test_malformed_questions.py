"""A malformed question is refused in our words by the API, in both languages."""

import json

import pytest
from hypothesis import HealthCheck, given, settings

from tests.builders.malformed import SECRET, check_said, is_question, malformed
from tests.builders.portal import Door


JSON = {"Content-Type": "application/json"}
PATHS = ("/api/feasibility/count", "/api/saved-questions", "/api/atlas/definition")


def refused(door: Door, body: bytes, language: str = "en", path: str = PATHS[0]) -> str:
    headers = JSON | {"Accept-Language": language}
    answer = door.program("rikke").post(path, content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    said = answer.json()["error"]
    check_said(said, language)
    return said


@pytest.mark.parametrize("language", ["en", "da"])
@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(malformed())
def test_what_is_wrong_is_said_in_the_language_of_the_page(clinic, language, document):
    if not is_question(document):
        said = refused(clinic, json.dumps({"question": document}).encode(), language)
        assert "body" not in said


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"question": {"criteria": [', "This is not JSON"),
        (b"", "The field is missing"),
        (b"[]", "curly brackets"),
        (b'{"question": 7}', "question: Write fields here"),
        (
            b'{"question": {"population": {"age": {"minimum": "x", "at": "index"}}}}',
            "question.population.age.minimum: Write a whole number",
        ),
        (
            b'{"question": ' + b'{"criterion": ' * 100_000 + b"1" + b"}" * 100_001,
            "too much stands inside each other",
        ),
        (
            json.dumps({"question": {f"{SECRET}{n}": n for n in range(500)}}).encode(),
            "and 490 more",
        ),
    ],
    ids=["cut", "nothing", "list", "number", "text", "deep", "many"],
)
def test_it_says_where_and_what_to_do(clinic: Door, body: bytes, said: str):
    assert said in refused(clinic, body)
    refused(clinic, body, "da")


@pytest.mark.parametrize("path", PATHS)
def test_wherever_a_question_is_taken(clinic: Door, path: str):
    body = json.dumps({"question": {"criteria": [{"kind": SECRET}]}, "name": "a"})

    said = refused(clinic, body.encode(), path=path)
    assert "question.criteria[0]: Write one of 'event'" in said


def test_a_form_says_it_of_its_population(clinic: Door):
    form = {"population": {"criteria": [{"kind": "event", "codes": {SECRET: 1}}]}}
    answer = clinic.program("rikke").post(
        "/api/applications",
        json={"kind": "feasibility_request", "form": form},
        headers={"Accept-Language": "en"},
    )

    for one in answer.json().get("fields", ()):
        check_said(f"{one['field']}: {one['message']}")


def test_an_operation_that_is_none_is_refused_in_danish(clinic: Door):
    headers = {"Accept-Language": "da"}
    answer = clinic.program("rikke").get("/api/feasibility/count", headers=headers)

    assert answer.status_code == 405
    assert "På den måde kan intet gøres" in answer.json()["error"]
