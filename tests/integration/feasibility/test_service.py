"""From a question to a protected count, on loaded data."""

import json

import pytest
from sqlalchemy import select

from enclave.audit import log
from enclave.disclosure.policy import policy
from enclave.errors import NotFoundError, PolicyRefusal
from enclave.feasibility import answers
from enclave.feasibility.counting import count
from enclave.feasibility.service import FeasibilityService
from enclave.projects.demo import register_demo_people
from enclave.settings import Settings
from enclave.store.audit_tables import AuditEntry
from enclave.store.disclosure_tables import StoredAnswer
from enclave.warehouse.warehouse import Warehouse
from tests.builders.disclosure import but_not, event, lab, question


DIABETES = event("DE11")
CRP = event("NPU19748", system="NPU")


@pytest.fixture
def service(hospital: Settings, database):
    return FeasibilityService(hospital, database)


def test_a_count_is_near_the_truth_and_not_the_truth(service, hospital, database):
    asked = question(DIABETES, sex="female")
    truth = count(asked, Warehouse(hospital).snapshot())

    answer = service.count("rikke", asked)

    with database.begin() as session:
        [stored] = session.scalars(select(StoredAnswer))
    assert truth > 100
    assert abs(stored.noisy - truth) < 80
    assert answer.value % 10 == 0
    assert answer.snapshot == 1
    assert answer.question_digest == asked.digest


def test_the_last_step_is_the_count(service):
    asked = question(DIABETES, but_not(CRP), sex="female")

    attrition = service.attrition("rikke", asked)
    answer = service.count("rikke", asked)

    assert [step.label_en for step in attrition.steps][:2] == [
        "All persons in the warehouse",
        "All women",
    ]
    assert len(attrition.steps) == 4
    assert attrition.steps[-1].value == answer.value
    assert answer.answered_before
    assert attrition.budget_left == answer.budget_left == 36


def test_building_a_question_up_pays_each_step_once(service):
    steps = [question(), question(sex="male"), question(DIABETES, sex="male")]
    for step in steps:
        service.count("rikke", step)

    attrition = service.attrition("rikke", steps[-1])

    assert attrition.budget_left == 37


def test_variables_do_not_change_the_count(service):
    asked = question(DIABETES)
    wanted = asked.model_copy(update={"variables": ("lab.value",)})

    first, second = service.count("rikke", asked), service.count("rikke", wanted)

    assert second.answered_before
    assert second.value == first.value


def test_a_value_is_compared(service):
    low = service.count("rikke", question(lab(threshold=1.0)))
    high = service.count("rikke", question(lab(threshold=100.0)))

    assert (high.value or 0) < low.value


def test_a_stranger_gets_nothing(service):
    with pytest.raises(NotFoundError, match="no account 'nobody'"):
        service.count("nobody", question())
    with pytest.raises(NotFoundError):
        service.budget("nobody")


def test_without_data_there_is_nothing_to_ask(settings, database):
    with database.begin() as session:
        register_demo_people(session)

    with pytest.raises(NotFoundError, match="no data to ask about"):
        FeasibilityService(settings, database).count("rikke", question())


def test_a_refusal_costs_and_is_in_the_audit_log(service, database):
    with pytest.raises(PolicyRefusal, match="prefixes of 4"):
        service.count("rikke", question(event("DE112")))

    assert service.budget("rikke").left == 39
    with database.begin() as session:
        last = session.scalars(
            select(AuditEntry).order_by(AuditEntry.number.desc())
        ).first()
        log.verify(session)
    assert (last.actor, last.action) == ("rikke", "question.refuse")
    assert set(json.loads(last.details)) == {"questions", "paid"}


def test_two_services_of_one_installation_give_one_answer(hospital, database):
    one = FeasibilityService(hospital, database).count("rikke", question(DIABETES))
    two = FeasibilityService(hospital, database).count("anne", question(DIABETES))

    assert one.value == two.value
    assert one.ledger_id == two.ledger_id


def test_answers_have_the_same_fields_whatever_they_say(
    service, hospital, database, monkeypatch
):
    shown = answers.CountAnswer.model_validate(service.count("rikke", question()))
    # Nobody's count is a number now and then; below this threshold everything is.
    rules = policy().model_copy(update={"threshold": 10**6})
    monkeypatch.setattr("enclave.feasibility.service.policy", lambda: rules)
    hiding = FeasibilityService(hospital, database)
    hidden = answers.CountAnswer.model_validate(hiding.count("rikke", question()))

    assert shown.value is not None
    assert hidden.value is None
    assert shown.model_dump().keys() == hidden.model_dump().keys()
    assert hidden.shown == "fewer than 1000000"
