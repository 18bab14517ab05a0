"""Rules that need today, the catalogue or the project; each with its neighbour."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from enclave.projects import form_rules
from enclave.projects.forms import Window, read
from tests.builders.form_findings import (
    APPROVALS,
    FACTS,
    of_proposal,
    of_request,
)
from tests.builders.projects import (
    QUESTION,
    TODAY,
    catalogue,
    request_form,
)


def test_the_demo_forms_follow_the_rules():
    assert of_proposal() == {}
    assert of_request() == {}


def test_everybody_in_the_group_has_an_account():
    found = of_proposal(accounts=())

    assert "belongs to no account" in found["group[0].email"]


@pytest.mark.parametrize("kind", ["proposal", "data_request"])
@pytest.mark.parametrize(("days", "good"), [(0, True), (-1, False)])
def test_the_last_day_has_not_passed(kind: str, days: int, *, good: bool):
    last = (TODAY + timedelta(days=days)).isoformat()
    check = of_proposal if kind == "proposal" else of_request

    assert (check(end_date=last) == {}) is good


def test_a_request_stays_inside_the_period_of_its_project():
    form = read(
        "data_request",
        {
            **request_form(approvals=list(APPROVALS)),
            "population": QUESTION.model_dump(mode="json"),
            "end_date": TODAY.isoformat(),
        },
    )

    def found(start: date, end: date) -> list[str]:
        facts = replace(FACTS, window=Window(start=start, end=end))
        problems = form_rules.request_problems(form, TODAY, facts, catalogue())
        return [one.field for one in problems]

    asked = form.window
    assert found(asked.start, asked.end) == []
    assert found(asked.start + timedelta(days=1), asked.end) == ["window"]
    assert found(asked.start, asked.end - timedelta(days=1)) == ["window"]


def test_a_request_ends_with_its_project():
    last = FACTS.end_date

    assert of_request(end_date=last.isoformat()) == {}
    found = of_request(end_date=(last + timedelta(days=1)).isoformat())
    assert f"after the project's last day, {last}" in found["end_date"]


def test_the_population_is_the_approved_one():
    other = {"population": {"sex": "male"}}

    assert "not the one that was approved" in of_request(population=other)["population"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lab.valeu", "Did you mean lab.value"),
        ("person.cpr", "names persons directly and is never delivered"),
        ("lab.person", "the pseudonym comes with every table"),
    ],
)
def test_a_variable_that_is_not_to_be_had(name: str, words: str):
    texts = {"lab.value": "Needed for the model.", name: "Needed for the model."}

    found = of_request(variables=["lab.value", name], justifications=texts)
    assert list(found) == ["variables[1]"]
    assert words in found["variables[1]"]


def test_users_are_members():
    assert of_request(members=["anne", "rikke"]) == {}
    found = of_request(members=["anne", "mads"])
    assert found["members"].startswith("mads is not a member of demo")


def test_all_problems_are_told_at_once():
    found = of_request(
        approvals=[],
        members=["mads"],
        variables=["a.b"],
        justifications={"a.b": "x" * 10},
    )

    assert {*found} == {"approvals", "members", "variables[0]"}
