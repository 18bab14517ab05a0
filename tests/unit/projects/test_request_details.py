"""What a data request says of single variables, and of where the data are kept."""

from typing import Any

import pytest

from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.errors import InputError
from enclave.projects import applications, form_rules
from enclave.projects.form_rules import ProjectFacts
from enclave.projects.forms import FormError, read
from tests.builders.projects import QUESTION as PLAIN
from tests.builders.projects import TODAY, at, cast, catalogue, project, request_form


INDEXED = Question(
    population=PLAIN.population,
    index=EventCriterion(codes=CodeList.of("SKS", "DA41*")),
)
PERIOD = {"variable": "lab.value", "days_from": -365, "days_to": 30}


def form(**changes: Any) -> dict[str, Any]:
    return {
        **request_form(),
        "population": INDEXED.model_dump(mode="json"),
        "approvals": [],
        "end_date": TODAY.isoformat(),
        **changes,
    }


def test_a_period_round_the_index_event_can_be_asked_for():
    made = read("data_request", form(periods=[PERIOD]))

    assert (made.periods[0].days_from, made.periods[0].days_to) == (-365, 30)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"periods": [{**PERIOD, "days_to": -366}]}, "swap the two days"),
        ({"periods": [{**PERIOD, "variable": "lab.unit"}]}, "not asked for"),
        ({"periods": [PERIOD, PERIOD]}, "names a variable twice"),
        (
            {"periods": [PERIOD], "population": PLAIN.model_dump(mode="json")},
            "the study population has none",
        ),
        ({"storage": "elsewhere"}, "name the place"),
        ({"storage": "elsewhere", "storage_place": "S-drive"}, "name the place"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], why: str):
    with pytest.raises(FormError, match=why):
        read("data_request", form(**changes))


def test_data_may_be_kept_elsewhere_with_an_approval():
    told = {"storage_place": "S-drive", "storage_approval": "P-2026-123"}
    assert read("data_request", form(storage="elsewhere", **told)).storage_place


def test_a_variable_of_a_person_has_no_period():
    wanted = form(
        variables=["person.sex"],
        justifications={"person.sex": "Needed for the adjusted model."},
        periods=[{**PERIOD, "variable": "person.sex"}],
    )
    made = read("data_request", wanted)
    facts = ProjectFacts("demo", TODAY, frozenset({"rikke"}), made.population.digest)

    found = form_rules.request_problems(made, TODAY, facts, catalogue())

    assert any("is of a person and not of a day" in one.message for one in found)


def test_the_details_are_what_was_submitted(database):
    cast(database)
    project(database, population=INDEXED.model_dump(mode="json"))
    with database.begin() as session:
        wanted = request_form(periods=[PERIOD])
        made = applications.create(session, "data_request", wanted, "rikke", at())
        applications.submit(session, made.id, "rikke", catalogue(), at())
        assert applications.form_of(made).periods[0].variable == "lab.value"
    with database.begin() as session:
        stray = request_form(periods=[{**PERIOD, "variable": "lab.unit"}])
        made = applications.create(session, "data_request", stray, "rikke", at())
        with pytest.raises(InputError, match="not asked for"):
            applications.submit(session, made.id, "rikke", catalogue(), at())
