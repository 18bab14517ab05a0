"""Begin an application on a page, fill it in, and what is kept as one types."""

import re
from typing import Any

import pytest

from enclave.cohort.question import Population, Question
from enclave.portal.applications.form_inputs import inputs, read_back
from enclave.portal.visitor import SENT_FROM_A_PAGE
from enclave.projects import applications
from enclave.projects.case import document
from enclave.projects.forms.reading import FORMS, read
from enclave.projects.machine import Kind
from enclave.store.database import Database
from tests.builders import project_forms
from tests.builders.portal import PREFIX, Door, Visits
from tests.builders.projects import (
    QUESTION,
    at,
    feasibility_form,
    project,
    proposal,
    proposal_form,
    request_form,
)


def whole(kind: Kind) -> dict[str, Any]:
    """A form of a kind with everything that can stand in it."""
    if kind is Kind.PROPOSAL:
        return proposal_form()
    if kind is Kind.FEASIBILITY_REQUEST:
        return feasibility_form()
    if kind is Kind.DATA_REQUEST:
        return {
            **request_form(),
            "population": QUESTION.model_dump(mode="json"),
            "approvals": proposal_form()["approvals"],
            "end_date": "2027-01-01",
        }
    form = {"project": "demo", **project_forms.FORMS[kind]}
    if kind is Kind.AMENDMENT:
        form |= {"group": proposal_form()["group"], "end_date": "2029-01-01"}
    if kind in {Kind.AMENDMENT, Kind.CPR_EXTRACT}:
        form["population"] = QUESTION.model_dump(mode="json")
    if kind is Kind.CPR_EXTRACT:
        form["approvals"] = proposal_form()["approvals"]
    return form


def sent(fields) -> dict[str, str]:
    """What a browser sends for these inputs."""
    found = {}
    for one in fields:
        if one.shape in {"part", "parts"}:
            for row in one.rows:
                found |= sent(row)
        elif one.shape == "choices":
            found |= {f"{one.path}.{value}": "on" for value in one.value}
        elif one.shape == "check":
            found |= {one.path: "on"} if one.value else {}
        elif one.shape != "question":
            found[one.path] = one.value
    return found


@pytest.mark.parametrize("language", ["en", "da"])
@pytest.mark.parametrize("kind", Kind)
def test_a_page_of_inputs_gives_the_same_form_back(kind: Kind, language: str):
    form = whole(kind)
    page = inputs(FORMS[kind], form, language)

    again = read_back(FORMS[kind], sent(page), form)

    assert read(kind, again) == read(kind, form)


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_page_is_an_empty_form(kind: Kind):
    again = read_back(FORMS[kind], sent(inputs(FORMS[kind], {}, "en")), {})

    defaults = {
        name
        for name, field in FORMS[kind].model_fields.items()
        if not field.is_required()
    }
    assert {name for name, value in again.items() if value is not False} <= defaults


def csrf(page: str) -> str:
    return re.search(r'name="csrf" value="([^"]+)"', page)[1]


def version(page: str) -> str:
    return re.search(r'name="version" value="(\d+)"', page)[1]


def begin(browser: Visits, kind: Kind) -> str:
    """Open a draft on the page; return its address."""
    page = browser.get("/applications/new").text
    fields = {"csrf": csrf(page), "kind": kind.value, "project": "demo"}
    answer = browser.post("/applications/new", data=fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix(PREFIX)


@pytest.mark.parametrize("kind", sorted({*Kind} - {Kind.RERUN_REQUEST}))
def test_every_kind_can_be_begun_and_filled_in(
    door: Door, database: Database, kind: Kind
):
    project(database)
    rikke = door.browser("rikke")

    address = begin(rikke, kind)
    page = rikke.get(address).text

    for name in FORMS[kind].model_fields:
        assert f'"help-{name}"' in page or name == "population"
    fields = {
        **sent(inputs(FORMS[kind], whole(kind), "en")),
        "csrf": csrf(page),
        "version": version(page),
    }
    answer = rikke.post(address, data=fields)
    assert answer.status_code == 303, answer.text


def test_what_is_typed_is_kept_and_what_lacks_is_said(door: Door, database: Database):
    number = proposal(database)
    rikke = door.browser("rikke")
    page = rikke.get(f"/applications/{number}/edit").text
    fields = {"csrf": csrf(page), "version": version(page), "title": "A new title"}

    answer = rikke.post(f"/applications/{number}/draft", data=fields)

    assert "<strong>Aims</strong>: is missing" in answer.text
    assert 'name="version" value="2" hx-swap-oob="true"' in answer.text
    with database.begin() as session:
        kept = document(applications.get(session, number, "rikke"))
    assert kept["title"] == "A new title"
    assert kept["population"] == proposal_form()["population"]


@pytest.mark.parametrize("proof", ["", "made-up"])
def test_what_an_open_page_sends_proves_where_it_is_from(
    door: Door, database: Database, proof: str
):
    number = proposal(database)
    rikke = door.browser("rikke")
    page = rikke.get(f"/applications/{number}/edit").text

    sent_by_page = set(re.findall(r'hx-\w+="/services/portal/([^"]+)"', page))

    assert sent_by_page == {f"applications/{number}/{x}" for x in ("draft", "count")}
    for address in sent_by_page:
        assert SENT_FROM_A_PAGE.fullmatch(address)
        fields = {"csrf": proof, "version": version(page), "title": "Another's"}
        assert rikke.post(f"/{address}", data=fields).status_code == 403
    with database.begin() as session:
        assert applications.get(session, number, "rikke").title != "Another's"


def test_of_two_windows_the_second_is_told(door: Door, database: Database):
    number = proposal(database)
    rikke = door.browser("rikke")
    page = rikke.get(f"/applications/{number}/edit").text
    fields = {"csrf": csrf(page), "version": version(page)}
    rikke.post(f"/applications/{number}/draft", data={**fields, "title": "First"})

    answer = rikke.post(f"/applications/{number}/draft", data={**fields, "title": "x"})

    assert "was changed while you looked at it" in answer.text
    with database.begin() as session:
        assert applications.get(session, number, "rikke").title == "First"


def test_a_cpr_number_is_not_kept(door: Door, database: Database):
    number = proposal(database)
    rikke = door.browser("rikke")
    page = rikke.get(f"/applications/{number}/edit").text
    fields = {"csrf": csrf(page), "version": version(page), "title": "On 010170-1234"}

    answer = rikke.post(f"/applications/{number}/draft", data=fields)

    assert "looks like a CPR number" in answer.text
    assert "010170" not in answer.text


@pytest.mark.parametrize("who", ["anne", "karen"])
def test_another_persons_draft_is_not_there(door: Door, database: Database, who: str):
    number = proposal(database)

    assert door.browser(who).get(f"/applications/{number}/edit").status_code == 404


def test_what_was_handed_in_is_not_edited(door: Door, database: Database):
    number = proposal(database, "submitted")

    answer = door.browser("rikke").get(f"/applications/{number}/edit")

    assert answer.status_code == 409
    assert "withdraw it, or ask for it to be returned" in answer.text


def test_a_form_of_a_thousand_pages_is_refused(door: Door, database: Database):
    number = proposal(database)
    rikke = door.browser("rikke")
    page = rikke.get(f"/applications/{number}/edit").text
    fields = {f"group.{one}.name": "x" for one in range(5_000)}

    answer = rikke.post(
        f"/applications/{number}/edit", data={**fields, "csrf": csrf(page)}
    )

    assert answer.status_code == 422


def test_copy_as_new(door: Door, database: Database):
    number = proposal(database, "rejected")
    rikke = door.browser("rikke")
    page = rikke.get(f"/applications/{number}").text

    answer = rikke.post(f"/applications/{number}/copy", data={"csrf": csrf(page)})

    assert answer.headers["location"] == f"{PREFIX}/applications/{number + 1}/edit"
    with database.begin() as session:
        old, new = (
            applications.get(session, one, "rikke") for one in (number, number + 1)
        )
        assert (new.state, new.form_digest) == ("draft", old.form_digest)


@pytest.mark.parametrize("path", ["edit", "draft", "copy", "count"])
def test_nothing_is_done_for_a_page_of_another_site(
    door: Door, database: Database, path: str
):
    number = proposal(database)

    answer = door.browser("rikke").post(f"/applications/{number}/{path}", data={})

    assert answer.status_code == 403


def test_an_amendment_is_counted_before_and_after(clinic: Door, database: Database):
    everybody = Question(population=Population()).model_dump(mode="json")
    with database.begin() as session:
        wanted = {"project": "demo", "population": everybody}
        number = applications.create(session, "amendment", wanted, "rikke", at()).id
    rikke = clinic.browser("rikke")
    page = rikke.get(f"/applications/{number}").text
    assert "changes the study population" in page

    answer = rikke.post(f"/applications/{number}/count", data={"csrf": csrf(page)})

    pair = re.search(r"Population ([\w ,]+) → ([\w ,]+) patients", answer.text)
    assert pair
    again = rikke.post(f"/applications/{number}/count", data={"csrf": csrf(page)})
    assert pair[0] in again.text  # the same noise, however often it is asked


def test_the_study_population_is_counted_beside_the_form(clinic: Door):
    rikke = clinic.browser("rikke")
    with_question = {
        "csrf": csrf(rikke.get("/applications/new").text),
        "kind": "amendment",
        "project": "demo",
    }
    rikke.post("/applications/new", data=with_question)
    page = rikke.get("/applications/2/edit").text

    answer = rikke.post("/applications/2/count", data={"csrf": csrf(page)})

    assert re.search(r"<strong>[\w ,]+ patients</strong>", answer.text)
