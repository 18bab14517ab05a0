"""What is refused within a project, form by form, with the reason."""

from datetime import timedelta
from typing import Any

import pytest

from enclave.cohort.question import Question
from enclave.errors import EnclaveError
from enclave.projects import (
    admission,
    applications,
    evidence,
    lifecycle,
    memberships,
)
from enclave.projects.case import Given, document
from enclave.projects.forms import FormError, read
from enclave.projects.machine import Kind
from enclave.store.database import Database
from enclave.store.project_tables import Application
from tests.builders import project_forms
from tests.builders.project_forms import ANALYSIS, FORTEGNELSE, VEK, draft
from tests.builders.projects import (
    CAST,
    QUESTION,
    TODAY,
    at,
    cast,
    person,
    project,
    take,
)


@pytest.fixture
def demo(database: Database) -> Database:
    cast(database)
    project(database)
    with database.begin() as session:
        person(session, "kim", "core")
        project_forms.archive(session, "demo")
    return database


def refusal(database: Database, kind: Kind, **changes: Any) -> str:
    with pytest.raises(EnclaveError) as caught, database.begin() as session:
        number = draft(session, kind, **changes)
        take(session, number, "submit", project_forms.made_by(kind))
    return str(caught.value)


STPS = {
    "authority": "stps",
    "journal_number": "3-3013-582/1",
    "decision_date": "2020-07-01",
}
MANAGEMENT = {
    "authority": "hospital_management",
    "journal_number": "by letter",
    "decision_date": "2024-03-01",
}
YESTERDAY = (TODAY - timedelta(days=1)).isoformat()
TOMORROW = (TODAY + timedelta(days=1)).isoformat()


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        (Kind.BIOBANK_REQUEST, {"approvals": [FORTEGNELSE]}, "research ethics"),
        (Kind.BIOBANK_REQUEST, {"approvals": [VEK]}, "GDPR article 30"),
        (
            Kind.BIOBANK_REQUEST,
            {"approvals": [{**VEK, "expires": YESTERDAY}, FORTEGNELSE]},
            "Komitéloven",
        ),
        (
            Kind.BIOBANK_REQUEST,
            {"approvals": [{**VEK, "status": "pending"}, FORTEGNELSE]},
            "Komitéloven",
        ),
        (Kind.BIOBANK_REQUEST, {"days_from": 5, "days_to": 1}, "swap the two numbers"),
        (Kind.BIOBANK_REQUEST, {"results_by": YESTERDAY}, "has passed"),
        (Kind.BIOBANK_REQUEST, {"samples": 0}, "samples"),
        (Kind.BIOBANK_REQUEST, {"will_return_results": False}, "will_return_results"),
        (Kind.OWN_DATA, {"update": "existing"}, "has no such table yet"),
        (Kind.OWN_DATA, {"on_fortegnelse": False}, "on_fortegnelse"),
        (Kind.OWN_DATA, {"table": "Drop Table"}, "table"),
        (
            Kind.CPR_EXTRACT,
            {"columns": ["cpr", "sample_date"]},
            "is not for the purpose records",
        ),
        (Kind.CPR_EXTRACT, {"columns": ["hospital"]}, "the column cpr is missing"),
        (Kind.CPR_EXTRACT, {"columns": ["cpr", "diagnosis"]}, "columns"),
        (Kind.CPR_EXTRACT, {"recipient": "anne"}, "is not a member"),
        (Kind.CPR_EXTRACT, {"approvals": [FORTEGNELSE]}, "Sundhedsloven § 46"),
        (Kind.CPR_EXTRACT, {"approvals": [FORTEGNELSE, STPS]}, "30 June 2020"),
        (Kind.CPR_EXTRACT, {"approvals": [VEK]}, "GDPR article 30"),
        (
            Kind.CPR_EXTRACT,
            {"approvals": [FORTEGNELSE, MANAGEMENT]},
            "only for quality projects",
        ),
        (
            Kind.CPR_EXTRACT,
            {
                "purpose": "linkage",
                "columns": ["cpr", "period"],
                "approvals": [FORTEGNELSE, VEK],
            },
            "biobank's approval too",
        ),
        (
            Kind.CPR_EXTRACT,
            {"purpose": "biological_material", "columns": ["cpr", "sample_date"]},
            "rests on vek",
        ),
        (Kind.CPR_EXTRACT, {"recipient_key": "AGE-SECRET-KEY-1"}, "recipient_key"),
        (Kind.AMENDMENT, {"variables": [], "window": None}, "changes nothing"),
        (Kind.AMENDMENT, {"variables": ["lab.none"]}, "lab.none"),
        (Kind.AMENDMENT, {"biobank_material": True}, "research ethics"),
        (Kind.AMENDMENT, {"end_date": YESTERDAY}, "has passed"),
        (Kind.OUTPUT_REQUEST, {"no_single_persons": False}, "no_single_persons"),
        (Kind.CLOSE_OUT, {"data_gone_on": TOMORROW}, "lies in the future"),
        (Kind.CLOSE_OUT, {"no_analyses_because": ""}, "say why there is none"),
        (Kind.CLOSE_OUT, {"analyses": [ANALYSIS]}, "not among the archived"),
        (Kind.CLOSE_OUT, {"publications": ["my paper"]}, "publications"),
        (Kind.RERUN_REQUEST, {"analysis": "PAC2026None_x"}, "is not archived"),
        (
            Kind.RERUN_REQUEST,
            {"analysis": f"{ANALYSIS}_demo", "deadline": YESTERDAY},
            "has passed",
        ),
    ],
)
def test_it_is_refused_with_the_reason(
    demo: Database, kind: Kind, changes: dict[str, Any], said: str
):
    assert said in refusal(demo, kind, **changes)


@pytest.mark.parametrize("kind", sorted({*Kind} - {*project_forms.FORMS}))
def test_the_other_kinds_have_tests_of_their_own(kind: Kind):
    assert kind in {Kind.PROPOSAL, Kind.DATA_REQUEST, Kind.FEASIBILITY_REQUEST}


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([{"name": "cpr", "label": "x", "type": "text"}] * 2, "names a column twice"),
        (
            [
                {"name": "cpr", "label": "x", "type": "text", "use": "cpr"},
                {
                    "name": "adr",
                    "label": "x",
                    "type": "text",
                    "use": "name_or_address",
                },
            ],
            "names and addresses are never taken in",
        ),
        (
            [
                {"name": "cpr", "label": "x", "type": "text", "use": "cpr"},
                {
                    "name": "scan",
                    "label": "x",
                    "type": "text",
                    "use": "coordinates_or_image",
                },
            ],
            "coordinates and images",
        ),
        (
            [
                {"name": "a", "label": "x", "type": "text"},
                {"name": "b", "label": "x", "type": "text"},
            ],
            "names no key",
        ),
        (
            [
                {"name": "cpr", "label": "x", "type": "text", "use": "cpr"},
                {"name": "note", "label": "x", "type": "text", "use": "free_text"},
            ],
            "is free text",
        ),
    ],
)
def test_what_own_data_may_not_hold(columns: list[dict[str, str]], said: str):
    form = {**project_forms.FORMS[Kind.OWN_DATA], "project": "demo", "columns": columns}

    with pytest.raises(FormError, match=said):
        read(Kind.OWN_DATA, form)


def test_too_few_samples_are_refused_with_both_numbers(demo: Database):
    with demo.begin() as session:
        number = draft(session, Kind.BIOBANK_REQUEST, samples=300)
        take(session, number, "submit", "rikke")

    with (
        pytest.raises(EnclaveError, match=r"300 samples .* and 299 are"),
        demo.begin() as session,
    ):
        applications.act(
            session,
            number,
            "confirm_availability",
            "bente",
            Given(figure=299),
        )


def test_an_amendment_changes_members_end_date_and_the_next_request(demo: Database):
    end = TODAY + timedelta(days=1200)
    new = {
        "name": "Anne",
        "email": "anne@demo.example",
        "institution": "Rigshospitalet",
    }
    wider = QUESTION.model_copy(
        update={"population": QUESTION.population.model_copy(update={"sex": None})}
    )
    with demo.begin() as session:
        leader = applications.form_of(applications.get(session, 1, "rikke")).group[0]
        number = draft(
            session,
            Kind.AMENDMENT,
            end_date=end.isoformat(),
            group=[leader.model_dump(mode="json"), new],
            population=wider.model_dump(mode="json", exclude_none=True),
        )
        take(session, number, "submit", "rikke")
        take(session, number, "start_review", "karen")
        take(session, number, "approve", "karen")

    with demo.begin() as session:
        found = lifecycle.get(session, "demo")
        assert found.end_date == end
        assert memberships.role_in(session, found, "anne", TODAY) == "member"
        asked = applications.create(
            session, "data_request", {"project": "demo"}, "anne"
        )
        assert (
            wider.digest
            == Question.model_validate(document(asked)["population"]).digest
        )


def test_a_copied_amendment_changes_what_the_first_one_did(demo: Database):
    changes = {
        "end_date": (TODAY + timedelta(days=1200)).isoformat(),
        "variables": ["lab.value"],
        "window": {"start": "2011-01-01", "end": "2012-12-31"},
        "reason": "The recruitment took a year longer than was planned.",
    }
    with demo.begin() as session:
        number = draft(session, Kind.AMENDMENT, **changes)
        copied = applications.copy(session, number, "rikke", at())
        first, second = (
            document(session.get_one(Application, one)) for one in (number, copied.id)
        )
        take(session, copied.id, "submit", "rikke")

    assert second == first
    assert {name: second[name] for name in changes} == changes


def test_who_is_left_out_of_an_amendment_loses_access_at_once(demo: Database):
    with demo.begin() as session:
        person(session, "arne")
    add = [
        {
            "name": "Rikke",
            "email": "rikke@demo.example",
            "institution": "RH",
            "role": "leader",
        },
        {"name": "Arne", "email": "arne@demo.example", "institution": "RH"},
    ]
    for group in (add, add[:1]):
        with demo.begin() as session:
            number = draft(session, Kind.AMENDMENT, group=group)
            take(session, number, "submit", "rikke")
            take(session, number, "start_review", "karen")
            take(session, number, "approve", "karen")
        with demo.begin() as session:
            allowed = admission.may_open_workspace(session, "arne", "demo").allowed
            assert allowed is (len(group) == 2)


def test_a_close_out_closes_the_door_and_a_return_opens_it(demo: Database):
    with demo.begin() as session:
        number = draft(session, Kind.CLOSE_OUT)
        take(session, number, "submit", "rikke")
        assert lifecycle.get(session, "demo").state == "closing"
        take(session, number, "return", "mads")
        assert lifecycle.get(session, "demo").state == "active"
        take(session, number, "submit", "rikke")
        for action in ("start_return_check", "archive"):
            take(session, number, action, "mads")
        with pytest.raises(EnclaveError, match="Nothing is on record yet"):
            take(session, number, "close", "karen")
        form = session.get_one(Application, number)
        evidence.put(session, form, "destruction", {"record": "0" * 64}, actor="karen")
        take(session, number, "close", "karen")

    with demo.begin() as session:
        assert lifecycle.get(session, "demo").state == "closed"
        decision = admission.may_open_workspace(session, "rikke", "demo")
        assert not decision.allowed


def test_one_person_does_not_release_a_list_twice(demo: Database):
    with demo.begin() as session:
        person(session, "both", "data_manager", "core")
        number = draft(session, Kind.CPR_EXTRACT)
        take(session, number, "submit", "rikke")
        take(session, number, "confirm_legal_basis", CAST["core"])
        take(session, number, "release_first", "both")

    with (
        pytest.raises(EnclaveError, match="both was the first"),
        demo.begin() as session,
    ):
        take(session, number, "release_second", "both")


def test_nothing_is_loaded_without_a_scan_on_record(demo: Database):
    with demo.begin() as session:
        number = draft(session, Kind.OWN_DATA)
        take(session, number, "submit", "rikke")
        take(session, number, "approve_description", "mads")

    with (
        pytest.raises(EnclaveError, match="Nothing is on record yet of the upload"),
        demo.begin() as session,
    ):
        take(session, number, "upload", "rikke")
