"""The receipt of a delivery, and what was read of it, for those who may see it."""

from datetime import timedelta

import pytest

from enclave.delivery import readings
from enclave.delivery.deliver import deliver
from enclave.store.project_tables import Membership
from tests.builders import installation
from tests.builders.projects import NOW, TODAY, at


PAGE = "/projects/demo/deliveries/1"
API = "/api/projects/demo/deliveries"


@pytest.fixture
def delivered(clinic, settings, database):
    deliver(settings, database, installation.issued(settings, database).id, clock=at())
    return clinic


def test_the_receipt_and_what_nobody_read_stand_on_its_page(
    delivered, settings, database
):
    with database.begin() as session:
        readings.record(
            session, settings, "demo", [(1, "lab.value")], TODAY + timedelta(days=2)
        )

    page = delivered.browser("rikke").get(PAGE).text
    danish = delivered.browser("rikke").get(PAGE, params={"language": "da"}).text

    assert "Delivery 1" in page
    assert "delivered" in page
    assert "4 of 5 columns were read by nobody." in page
    assert f"last on {TODAY + timedelta(days=2)}" in page
    assert page.count(">nobody</span>") == 4
    assert "4 af 5 kolonner er ikke læst af nogen." in danish
    assert "Personer med rækker" in danish


def test_the_page_of_the_project_leads_there(delivered):
    page = delivered.browser("rikke").get("/projects/demo").text

    assert PAGE in page
    assert "5 of 5 columns were read by nobody." in page


@pytest.mark.parametrize(
    ("who", "status"), [("mads", 200), ("karen", 200), ("ole", 403)]
)
def test_who_oversees_projects_sees_it_and_no_stranger(delivered, who, status):
    assert delivered.browser(who).get(PAGE).status_code == status
    assert delivered.program(who).get(API).status_code == status


def test_a_member_whom_the_grant_does_not_name_does_not_see_it(delivered, database):
    with database.begin() as session:
        session.add(
            Membership(project_number=1, account="ole", role="member", since=TODAY)
        )

    assert delivered.browser("ole").get(PAGE).status_code == 403
    assert delivered.browser("ole").get("/projects/demo").status_code == 200
    assert delivered.program("ole").get(API).json() == {
        "deliveries": [],
        "unread": None,
    }


def test_programs_get_it_as_json(delivered):
    answer = delivered.program("rikke").get(API).json()

    (version,) = answer["deliveries"]
    assert (version["version"], version["persons"]) == (1, 12)
    assert version["delivered"] == NOW.isoformat()
    assert len(answer["unread"]) == 5


def test_a_version_that_is_not_there_is_not_found(delivered):
    assert (
        delivered.browser("rikke").get("/projects/demo/deliveries/7").status_code == 404
    )
