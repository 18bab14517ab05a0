"""The page of the end of a project: what it says, and its one button."""

import re

import pytest

from enclave.jobs.worker import Worker
from enclave.projects.machine import Kind, State
from enclave.returns.close_out import destruction, ordering
from tests.builders import project_forms
from tests.builders.projects import project, request, take


PAGE = "/projects/demo/close-out"
WHY = "The study is published, and all is returned."


@pytest.fixture
def archived(door, database):
    project(database)
    with database.begin() as session:
        project_forms.archive(session, "demo")
        number = project_forms.draft(session, Kind.CLOSE_OUT)
        for action, who in (
            ("submit", "rikke"),
            ("start_return_check", "mads"),
            ("archive", "mads"),
        ):
            take(session, number, action, who)
    return door


def press(browser, **changes):
    page = browser.get(PAGE).text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    accepted = re.findall(r'name="(accept [^"]*)"', page)
    fields = {
        **hidden,
        **dict.fromkeys(accepted, "It was stopped before it was read."),
        "reason": WHY,
        "confirm": "demo",
        **changes,
    }
    return browser.post(PAGE, data=fields)


def test_members_read_what_ends_and_have_no_button(archived):
    page = archived.browser("rikke").get(PAGE).text
    assert "Cannot be executed again" in page
    assert "<button" not in page
    danish = archived.browser("rikke").get(f"{PAGE}?language=da").text
    assert "Kan ikke køres igen" in danish
    assert archived.browser("anne").get(PAGE).status_code == 403
    assert PAGE in archived.browser("rikke").get("/projects/demo").text


def test_where_applications_stand_is_said_in_danish(door, database):
    project(database)
    request(database, "spec_agreed")
    with database.begin() as session:
        biobank = project_forms.draft(session, Kind.BIOBANK_REQUEST)
        take(session, biobank, "submit", "rikke")
        for way in project_forms.path(Kind.BIOBANK_REQUEST, State.EXCOM_DECISION)[1:]:
            project_forms.prepare(session, biobank, way)
            project_forms.step(session, biobank, way)

    page = door.browser("rikke").get(f"{PAGE}?language=da").text
    english = door.browser("rikke").get(f"{PAGE}?language=en").text

    assert f"Biobankanmodning {biobank} (Forretningsudvalg) er ikke afsluttet." in page
    assert "Dataanmodning 2 (Specifikation aftalt) bortfalder med projektet" in page
    assert "excom" not in page
    assert f"Biobank request {biobank} (excom decision) is not settled." in english


def test_core_orders_and_a_worker_destroys(archived, settings, database):
    karen = archived.browser("karen")
    assert karen.get(f"{PAGE}/record").status_code == 404
    assert press(karen).status_code == 303
    page = karen.get(PAGE).text
    assert "carrying it out" in page
    assert "<button" not in page
    assert "hx-trigger" in page
    worker = Worker(
        database,
        {
            ordering.JOB: lambda payload, _: destruction.carry_out_job(
                settings, database, payload
            )
        },
    )
    assert worker.run_one().state == "done"
    page = karen.get(PAGE).text
    assert "the project is closed" in page
    assert "What was destroyed" in page
    assert WHY in page
    assert "hx-trigger" not in page
    ended = karen.get("/projects/demo?language=da").text
    assert "Projektet er afsluttet" in ended
    assert f'href="/services/portal{PAGE}"' in ended
    assert "/projects/demo/return" not in ended
    assert "medlem af" not in ended  # nobody joins it any more
    record = archived.browser("rikke").get(f"{PAGE}/record")
    assert record.json()["document"] == "project-destruction"
    assert "destruction-demo.json" in record.headers["content-disposition"]


@pytest.mark.parametrize(
    ("who", "changes", "status"),
    [
        ("karen", {"confirm": "dem"}, 422),
        ("karen", {"csrf": "x"}, 403),
        ("karen", {"plan": "0" * 64}, 403),
        ("karen", {"reason": "old"}, 422),
        ("mads", {"plan": "x"}, 403),
        ("rikke", {}, 403),
        ("anne", {}, 403),
    ],
)
def test_what_is_wrong_orders_nothing(archived, who, changes, status):
    assert press(archived.browser(who), **changes).status_code == status
    assert "carrying it out" not in archived.browser("karen").get(PAGE).text
