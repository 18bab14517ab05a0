"""A data manager answers a feasibility request: gated for the applicant, on record."""

import json
from datetime import date

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from enclave.audit import log
from enclave.canonical import digest
from enclave.cohort.question import CodeList, EventCriterion, Population, Question
from enclave.disclosure.policy import policy
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.feasibility.outcome import Outcome, Remarks
from enclave.feasibility.request_answer import VALID, Answer, Wish, answer
from enclave.feasibility.service import FeasibilityService
from enclave.projects import applications, demo_forms, overview, people
from enclave.projects.forms import FormError
from enclave.projects.machine import StateConflict
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.feasibility_tables import FeasibilityOutcome
from tests.builders import installation
from tests.builders.projects import TODAY, at, cast, person


TESTED = EventCriterion(codes=CodeList.of("NPU", "NPU19748"))
QUESTION = Question(population=Population(sex="female"), index=TESTED)
TOO_FINE = Question(criteria=(EventCriterion(codes=CodeList.of("SKS", "DB206A")),))
WINDOW = (date(2008, 1, 1), date(2013, 12, 31))
REASON = "To see whether the study has enough patients."


@pytest.fixture(scope="session")
def loaded(tmp_path_factory) -> Settings:
    settings = Settings.at(tmp_path_factory.mktemp("requests") / "home")
    installation.load(settings)
    return settings


@pytest.fixture
def staff(store: Database) -> Database:
    cast(store)
    return store


def in_work(
    settings: Settings, database: Database, question=QUESTION, **changes: object
) -> int:
    form = demo_forms.feasibility_request(
        question, ["lab.value", "person.sex"], WINDOW, **changes
    )
    catalogue = installation.Warehouse(settings).snapshot().catalogue
    with database.begin() as session:
        made = applications.create(session, "feasibility_request", form, "rikke", at())
        applications.submit(session, made.id, "rikke", catalogue, at())
        applications.act(session, made.id, "take_up", "mads", clock=at())
        return made.id


def answered(
    settings: Settings, database: Database, number: int, **changes: object
) -> Answer:
    fields = {"actor": "mads", "reason": REASON, "remarks": Remarks(), **changes}
    return answer(settings, database, Wish(number, **fields), clock=at())


def budget(settings: Settings, database: Database, who: str = "rikke") -> int:
    return FeasibilityService(settings, database).budget(who, clock=at()).left


def test_the_applicant_gets_what_the_gate_says(loaded: Settings, staff: Database):
    number = in_work(loaded, staff, counts_by=["sex-age", "index-year"])
    remarks = Remarks(quality="Units changed in 2010.", suggestions="Ask from 2011.")

    done = answered(loaded, staff, number, remarks=remarks)
    service = FeasibilityService(loaded, staff)
    steps = service.attrition("rikke", QUESTION, clock=at()).steps
    assert [one.value for one in done.outcome.steps] == [one.value for one in steps]
    cells = service.breakdown("rikke", QUESTION, "sex-age", clock=at()).cells
    assert [one.shown for one in done.outcome.breakdowns["sex-age"]] == [
        one.shown for one in cells
    ]
    assert {*done.outcome.breakdowns} == {"sex-age", "index-year"}
    assert {"lab.value", "person.sex"} <= {
        one.name for one in done.outcome.availability
    }
    assert done.outcome.remarks == remarks
    assert [one.table for one in done.outcome.coverage] == ["lab", "person"]


def test_the_outcome_is_frozen_with_snapshot_question_and_digest(
    loaded: Settings, staff: Database
):
    number = in_work(loaded, staff)
    outcome = answered(loaded, staff, number).outcome

    with staff.begin() as session:
        kept = session.get_one(FeasibilityOutcome, number)
        shown = overview.document(
            session,
            applications.get(session, number, "rikke"),
            people.get(session, "rikke"),
        )["outcome"]
    snapshot = installation.Warehouse(loaded).snapshot()
    assert kept.digest == digest(json.loads(kept.document)) == shown.pop("digest")
    assert Outcome.model_validate(shown) == outcome
    assert (kept.snapshot, kept.snapshot_digest) == (1, snapshot.digest)
    assert kept.question_digest == QUESTION.digest == outcome.question.digest
    assert kept.valid_until == TODAY + VALID
    for statement in (
        update(FeasibilityOutcome).values(document="{}"),
        delete(FeasibilityOutcome),
    ):
        with pytest.raises(DBAPIError, match="append-only"), staff.begin() as session:
            session.execute(statement)


def test_the_exact_count_stays_with_the_data_manager(loaded: Settings, staff: Database):
    number = in_work(loaded, staff)
    done = answered(loaded, staff, number)

    # p5 has no results; eleven of the twelve women have one of this test.
    assert done.exact.exact_persons == 11
    assert "exact_persons" not in done.outcome.model_dump_json()
    with staff.begin() as session:
        events = {one["action"]: one for one in log.latest(session, 100)}
        steps = applications.history(session, applications.get(session, number, "mads"))
    assert events["question.exact"]["actor"] == "mads"
    assert events["question.exact"]["details"]["reason"] == REASON
    # What the applicant reads does not say why the data manager looked.
    assert steps[-1].action == "answer"
    assert steps[-1].reason == ""


def test_the_log_tells_what_was_released(loaded: Settings, staff: Database):
    number = in_work(loaded, staff)
    outcome = answered(loaded, staff, number).outcome

    with staff.begin() as session:
        released, state = log.latest(session, 2)
        kept = session.get_one(FeasibilityOutcome, number).digest
    assert state["action"] == "feasibility_request.answer"
    assert released["action"] == "feasibility_outcome.release"
    assert released["subject"] == state["subject"] == f"application:{number}"
    assert released["details"] == {
        "outcome": kept,
        "question": QUESTION.digest,
        "snapshot": 1,
        "snapshot_digest": outcome.snapshot_digest,
    }


def test_the_applicant_pays_and_nobody_else(loaded: Settings, staff: Database):
    number = in_work(loaded, staff, counts_by=["sex-age"])
    answered(loaded, staff, number)

    whole = policy().person_30_days
    # Two steps and the index event, the availability, the breakdown.
    assert budget(loaded, staff) == whole - 5
    assert budget(loaded, staff, "mads") == whole


def test_a_question_that_is_too_fine_releases_nothing_and_costs_nothing(
    loaded: Settings, staff: Database
):
    number = in_work(loaded, staff, TOO_FINE)

    with pytest.raises(PolicyRefusal, match=r"Ask the applicant for a coarser one"):
        answered(loaded, staff, number)
    assert budget(loaded, staff) == policy().person_30_days
    state(staff, number, "in_work")


def test_without_budget_nothing_is_released(loaded: Settings, staff: Database):
    number = in_work(loaded, staff)
    service = FeasibilityService(loaded, staff)
    for low in range(policy().person_30_days):
        one = Question(population=Population(sex="male"), criteria=(a_test(low),))
        service.count("rikke", one, clock=at())

    with pytest.raises(PolicyRefusal, match=r"in the name of rikke: .*your budget"):
        answered(loaded, staff, number)
    state(staff, number, "in_work")


def a_test(number: int) -> EventCriterion:
    return EventCriterion(codes=CodeList.of("NPU", f"NPU{number:05}"))


def state(database: Database, number: int, expected: str) -> None:
    with database.begin() as session:
        assert applications.get(session, number, "rikke").state == expected
        released = session.get(FeasibilityOutcome, number)
    assert (released is None) == (expected != "answered")


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"actor": "karen"}, PolicyRefusal, "takes the role data_manager"),
        ({"actor": "rikke"}, PolicyRefusal, "takes the role data_manager"),
        ({"actor": "anne"}, NotFoundError, "no application"),
        ({"actor": "dora"}, PolicyRefusal, "Nobody decides on their own"),
        ({"reason": " "}, InputError, "Say why an exact count"),
        ({"version": 1}, StateConflict, "was changed while you looked"),
        ({"remarks": Remarks(quality="x" * 4001)}, InputError, "quality is longer"),
        (
            {"remarks": Remarks(missing="See 010170-1234")},
            FormError,
            "missing: holds what looks like a CPR number",
        ),
    ],
)
def test_what_is_refused(
    loaded: Settings, staff: Database, changes: dict, kind: type, words: str
):
    number = in_work(loaded, staff)
    if changes.get("actor") == "dora":
        with staff.begin() as session:
            person(session, "dora", "data_manager", "researcher")
            applications.get(session, number, "mads").created_by = "dora"

    with pytest.raises(kind, match=words):
        answered(loaded, staff, number, **changes)
    with staff.begin() as session:
        assert session.get(FeasibilityOutcome, number) is None


def test_a_request_is_answered_once(loaded: Settings, staff: Database):
    number = in_work(loaded, staff)
    answered(loaded, staff, number)

    with pytest.raises(StateConflict, match="is answered"):
        answered(loaded, staff, number)
    state(staff, number, "answered")


def test_the_plain_action_needs_an_outcome(loaded: Settings, staff: Database):
    number = in_work(loaded, staff)

    with (
        pytest.raises(PolicyRefusal, match=f"enclave application answer {number}"),
        staff.begin() as session,
    ):
        applications.act(session, number, "answer", "mads", clock=at())
    state(staff, number, "in_work")


def test_a_proposal_is_no_feasibility_request(loaded: Settings, staff: Database):
    form = demo_forms.proposal(QUESTION, today=TODAY)
    with staff.begin() as session:
        made = applications.create(session, "proposal", form, "rikke", at())
        applications.submit(session, made.id, "rikke", None, at())

    with pytest.raises(InputError, match="no action 'answer' for a proposal"):
        answered(loaded, staff, made.id)
