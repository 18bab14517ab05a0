"""A person fills in a form once: what a new draft begins with."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from enclave.errors import InputError, PolicyRefusal
from enclave.projects import applications, beginning, people
from enclave.projects.case import document
from enclave.store.database import Database
from enclave.store.project_tables import Application, Membership
from tests.builders import project_forms
from tests.builders.projects import (
    at,
    cast,
    feasibility,
    later,
    project,
    proposal,
    request,
    take,
)


WHY = "The exposure of the main analysis."
LEFT = date(2026, 11, 1)
WINDOW = {"start": "2011-01-01", "end": "2012-12-31"}
KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudzx3qwsq9l7ry"
GROUP = [
    {
        "name": name,
        "email": f"{name}@demo.example",
        "institution": "RH",
        "role": role,
    }
    for name, role in (("rikke", "leader"), ("anne", "member"))
]


@pytest.fixture
def staffed(database: Database) -> Database:
    cast(database)
    return database


def begun(database: Database, kind: str, who: str = "rikke", **given: Any) -> dict:
    with database.begin() as session:
        account = people.get(session, who)
        return beginning.begun(session, kind, given, account, at())


def test_a_first_request_begins_with_what_the_proposal_named(staffed: Database):
    wanted = f"lab.value: {WHY}\nperson.cpr\nAnd what else there is on smoking."
    project(staffed, variables_wanted=wanted, window=WINDOW)

    form = begun(staffed, "data_request", project="demo")

    assert form["variables"] == ["lab.value", "person.cpr"]
    assert form["justifications"] == {"lab.value": WHY}
    assert form["window"] == WINDOW
    assert form["members"] == ["rikke"]


def test_it_also_looks_at_the_answer_that_the_proposal_rests_on(staffed: Database):
    counted = feasibility(staffed, "answered", window=WINDOW)
    project(
        staffed,
        feasibility_request=counted,
        variables_wanted="Whatever is in the blood.",
    )

    form = begun(staffed, "data_request", project="demo")

    assert (form["variables"], form["window"]) == (["lab.value"], WINDOW)


def test_a_further_request_begins_as_the_last_one_was(staffed: Database):
    project(staffed)
    last = request(staffed, "active", formats=["csv"], date_policy="month")

    form = begun(staffed, "data_request", project="demo")

    with staffed.begin() as session:
        was = document(session.get_one(Application, last))
    for name in ("variables", "justifications", "window", "formats", "date_policy"):
        assert form[name] == was[name]
    # What the project knows is not copied: it is taken when the draft is made.
    assert "population" not in form
    assert "approvals" not in form


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_what_was_never_handed_in_is_not_taken_over(staffed: Database, state: str):
    project(staffed, variables_wanted="Whatever there is on smoking.")
    request(staffed, state)

    assert "variables" not in begun(staffed, "data_request", project="demo")


def test_what_an_amendment_changed_since_is_taken_over(staffed: Database):
    project(staffed)
    request(staffed, "active", justifications={"lab.value": WHY})
    with staffed.begin() as session:
        number = project_forms.draft(
            session,
            project_forms.Kind.AMENDMENT,
            variables=["lab.value"],
            window=WINDOW,
        )
        form = document(session.get_one(Application, number))
        form["group"].append(
            {"name": "Anne", "email": "anne@demo.example", "institution": "RH"}
        )
        applications.edit(session, number, form, "rikke", at())
        take(session, number, "submit", "rikke", clock=later(days=1))
        take(session, number, "start_review", "karen", clock=later(days=1))
        take(session, number, "approve", "karen", clock=later(days=1))

    with staffed.begin() as session:
        account = people.get(session, "rikke")
        given = {"project": "demo"}
        clock = later(days=2)
        form = beginning.begun(session, "data_request", given, account, clock)

    assert form["variables"] == ["lab.value"]
    assert form["justifications"] == {"lab.value": WHY}
    assert form["window"] == WINDOW
    assert form["members"] == ["anne", "rikke"]


def test_who_left_is_not_taken_over(staffed: Database):
    slug = project(staffed, group=GROUP)
    request(staffed, "active", members=["anne", "rikke"])
    with staffed.begin() as session:
        session.execute(
            update(Membership).where(Membership.account == "anne").values(until=LEFT)
        )

    assert begun(staffed, "data_request", project=slug)["members"] == ["rikke"]


def test_what_is_given_counts(staffed: Database):
    project(staffed)
    request(staffed, "active")

    form = begun(staffed, "data_request", project="demo", variables=["lab.code"])

    assert form["variables"] == ["lab.code"]


def test_a_proposal_begins_with_its_leader_and_the_authorities(staffed: Database):
    form = begun(staffed, "proposal")

    assert form["group"] == [
        {
            "name": "Rikke",
            "email": "rikke@demo.example",
            "institution": "Rigshospitalet",
            "role": "leader",
        }
    ]
    assert {one["authority"] for one in form["approvals"]} > {"vek", "nvk"}


def test_a_feasibility_request_begins_with_the_department_of_the_last(
    staffed: Database,
):
    assert begun(staffed, "feasibility_request") == {"department": "Rigshospitalet"}

    feasibility(staffed, "submitted", department="Cardiology 4202011")
    assert begun(staffed, "feasibility_request") == {"department": "Cardiology 4202011"}
    assert begun(staffed, "feasibility_request", "anne")["department"] != "Cardiology"


def test_own_data_again_comes_from_where_they_came(staffed: Database):
    project(staffed)
    with staffed.begin() as session:
        first = project_forms.draft(session, project_forms.Kind.OWN_DATA)
        take(session, first, "submit", "rikke")

    form = begun(staffed, "own_data", project="demo")

    assert form["source"] == "REDCap of the department"
    assert form["contact"] == "Rikke, rikke@demo.example"
    assert "columns" not in form


def test_a_close_out_names_what_the_project_archived(staffed: Database):
    project(staffed)
    with staffed.begin() as session:
        project_forms.archive(session, "demo")

    assert begun(staffed, "close_out", project="demo")["analyses"] == [
        "PAC2026Researcher_demo_demo"
    ]


def test_only_a_member_begins_in_a_project(staffed: Database):
    project(staffed)

    with pytest.raises(PolicyRefusal, match="is not a member"):
        begun(staffed, "data_request", "anne", project="demo")
    with pytest.raises(InputError, match="give its slug"):
        begun(staffed, "data_request")


def test_a_proposal_that_names_no_variables_leaves_them_to_be_filled_in(
    staffed: Database,
):
    proposal(staffed, "approved")

    form = begun(staffed, "data_request", project="demo")

    assert {"variables", "justifications"} & {*form} == set()


def test_an_extract_is_never_sealed_to_the_key_of_the_last_one(staffed: Database):
    slug = project(staffed, group=GROUP)
    with staffed.begin() as session:
        last = project_forms.draft(
            session,
            project_forms.Kind.CPR_EXTRACT,
            recipient_key=KEY,
            quality_project=True,
        )
        take(session, last, "submit", "rikke")

    for who in ("anne", "rikke"):
        form = begun(staffed, "cpr_extract", who, project=slug)
        assert form["recipient"] == who
        assert form["quality_project"] is True
        assert "recipient_key" not in form


BROKEN = {
    "variables": 7,
    "justifications": ["no reasons"],
    "generalise": None,
    "periods": [None, "2011"],
    "window": "always",
    "members": None,
    "formats": {},
}


def test_what_counts_is_the_form_that_was_handed_in(staffed: Database):
    project(staffed)
    last = request(staffed, "returned", formats=["csv"])
    before = begun(staffed, "data_request", project="demo")
    assert (before["variables"], before["formats"]) == (["lab.value"], ["csv"])

    with staffed.begin() as session:
        form = document(session.get_one(Application, last))
        applications.edit(session, last, {**form, **BROKEN}, "rikke", at())

    assert begun(staffed, "data_request", project="demo") == before


def test_what_is_asked_about_a_request_is_answered_from_what_was_handed_in(
    staffed: Database,
):
    number = feasibility(staffed, "needs_info", department="Cardiology 4202011")
    with staffed.begin() as session:
        form = document(session.get_one(Application, number))
        applications.edit(session, number, {**form, "department": 7}, "rikke", at())

    assert begun(staffed, "feasibility_request") == {"department": "Cardiology 4202011"}
