"""The receipt of a delivery, and what was read of it, for those who may see it."""

from datetime import date

import pytest
from sqlalchemy import select

from enclave.audit import log
from enclave.delivery import folders, readings, sorting
from enclave.delivery import grant as grants
from enclave.delivery.deliver import carry_out, deliver, enqueue
from enclave.jobs.worker import Worker
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.notice_tables import Notice
from enclave.store.project_tables import Membership
from tests.builders import installation
from tests.builders.portal import Door, portal, visits
from tests.builders.projects import NOW, TODAY, at, later


PAGE = "/projects/demo/deliveries/1"
API = "/api/projects/demo/deliveries"


@pytest.fixture
def delivered(clinic, settings, database):
    deliver(settings, database, installation.issued(settings, database).id, clock=at())
    return clinic


@pytest.fixture
def failed(clinic, settings, database, monkeypatch) -> tuple[Door, int]:
    """A data request whose first version could not be made: it holds free text."""
    # Every text has too many words, then.
    monkeypatch.setattr(sorting, "MOST_WORDS", -1)
    request = installation.agreed(settings, database)
    with database.begin() as session:
        grant = grants.issue(session, settings, request, "mads", at())
        enqueue(session, settings, grant.id, actor="mads", clock=at())

    def work(payload, _):
        return carry_out(settings, database, payload, clock=at())

    Worker(database, {"delivery": work}, clock=at()).run_one()
    return clinic, request


def test_a_first_version_that_failed_is_said_to_have_failed(failed, database):
    clinic, request = failed
    page = f"/applications/{request}"

    office = clinic.browser("mads").get(page).text
    danish = clinic.browser("mads").get(page, params={"language": "da"}).text
    applicant = clinic.browser("rikke").get(page).text
    with database.begin() as session:
        told = {
            (one.account, one.key)
            for one in session.scalars(select(Notice))
            if one.application_id == request and "version" in one.key
        }

    assert "A worker makes the first version" not in office + applicant
    assert "holds free text" in office
    assert "return the data request" in office
    assert "returnér dataanmodningen" in danish
    assert "could not be made" in applicant
    assert "free text" not in applicant
    assert told == {("mads", "version_failed")}


def read(settings, database, column: str, day) -> None:
    with database.begin() as session:
        readings.record(session, settings, "demo", "rikke", [(1, column)], at(day))


def test_a_data_manager_sees_of_each_column_when_it_was_read(
    delivered, settings, database
):
    read(settings, database, "lab.value", TODAY)

    page = delivered.browser("mads").get(PAGE).text
    danish = delivered.browser("mads").get(PAGE, params={"language": "da"}).text
    unread = delivered.program("mads").get(API).json()["unread"]

    assert "Delivery 1" in page
    assert f"4 of 5 columns were read by nobody until {TODAY}." in page
    assert f"last on {TODAY}" in page
    assert page.count(">nobody</span>") == 4
    assert "4 af 5 kolonner er ikke læst af nogen" in danish
    assert "Personer med rækker" in danish
    assert "lab.code" in unread["names"]
    assert "lab.value" not in unread["names"]


def test_members_are_told_one_number_once_a_month(delivered, settings, database):
    """What they are told is a way out for what user code makes its kernel say."""
    before = delivered.browser("rikke").get(PAGE).text
    read(settings, database, "lab.value", date(2026, 11, 30))
    november = delivered.browser("rikke").get(PAGE).text
    read(settings, database, "lab.code", date(2026, 12, 1))
    with visits(portal(settings, database, clock=at(date(2026, 12, 2)))) as door:
        december = door.browser("rikke").get(PAGE).text
        of_project = door.browser("rikke").get("/projects/demo").text
        answer = door.program("rikke").get(API).json()["unread"]

    assert "is counted at the end of each month" in november
    assert november == before
    assert "4 of 5 columns were read by nobody until 2026-11-30." in december
    assert "4 of 5 columns were read by nobody until 2026-11-30." in of_project
    assert "lab." not in december.partition('id="use"')[2]
    assert answer == {"unread": 4, "columns": 5, "until": "2026-11-30", "names": None}


def test_a_data_manager_of_the_project_is_told_as_its_members(
    delivered, settings, database
):
    read(settings, database, "lab.value", TODAY)
    with database.begin() as session:
        session.add(
            Membership(project_number=1, account="mads", role="member", since=TODAY)
        )

    page = delivered.browser("mads").get(PAGE).text

    assert "is counted at the end of each month" in page
    assert "lab." not in page.partition('id="use"')[2]


def test_the_page_of_the_project_leads_there(delivered):
    assert PAGE in delivered.browser("rikke").get("/projects/demo").text


COUNTS = ("Persons who fit the question", "Persons with rows", ">12<", "12 persons")


def counts_in(page: str) -> set[str]:
    return {one for one in COUNTS if one in page}


def reads_on_record(database) -> list[tuple[str, dict]]:
    with database.begin() as session:
        return [
            (one["actor"], one["details"])
            for one in log.latest(session, 99)
            if one["action"] == "delivery.read_receipt"
        ]


def test_who_holds_the_data_and_data_managers_on_record_read_exact_counts(
    delivered, database
):
    held = delivered.browser("rikke").get(PAGE).text
    before = reads_on_record(database)
    by_office = delivered.browser("mads").get(PAGE).text

    assert counts_in(held) == counts_in(by_office) != set()
    assert (before, reads_on_record(database)) == ([], [("mads", {"version": 1})])


@pytest.mark.parametrize("who", ["karen", "ada"])
def test_who_oversees_without_data_reads_no_exact_count(delivered, database, who):
    page = delivered.browser(who).get(PAGE).text
    (version,) = delivered.program(who).get(API).json()["deliveries"]

    assert "Delivery 1" in page
    assert "They are shown to those whose grant is in force" in page
    assert counts_in(page) == set()
    assert (version["persons"], version["rows"]) == (None, None)
    assert reads_on_record(database) == []


@pytest.mark.usefixtures("delivered")
def test_neither_does_a_member_whose_grant_has_ended(settings, database):
    after = portal(settings, database, clock=later(days=2000))
    with visits(after) as door:
        page = door.browser("rikke").get(PAGE).text

    assert "Delivery 1" in page
    assert counts_in(page) == set()


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
    assert answer["unread"] is None


@pytest.mark.parametrize(
    "change", [lambda text: text.replace("rikke", "ole"), lambda text: text[:-9]]
)
def test_a_grant_that_does_not_verify_names_nobody_and_hides_no_project(
    delivered, settings, database, change
):
    good = installation.issued(settings, database)
    deliver(settings, database, good.id, clock=at())
    with database.begin() as session:
        bad = session.scalars(select(IssuedGrant).where(IssuedGrant.id != good.id))
        for one in bad:
            one.document = change(one.document)

    rikke = delivered.browser("rikke")
    page = rikke.get("/projects/demo")

    assert page.status_code == 200
    assert "deliveries/2" in page.text
    assert "deliveries/1" not in page.text
    assert rikke.get(PAGE).status_code == 403
    assert rikke.get("/projects/demo/deliveries/2").status_code == 200
    assert "Receipt" in delivered.browser("mads").get(PAGE).text


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("receipt.json", "altered"),
        ("receipt.json", "removed"),
        ("manifest.json", "altered"),
    ],
)
def test_a_receipt_that_was_changed_is_shown_as_damaged(
    delivered, settings, file, change
):
    path = folders.folder_of(settings, "demo", 1) / file
    path.parent.chmod(0o700)
    path.chmod(0o600)
    if change == "removed":
        path.unlink()
    else:
        path.write_text(path.read_text().replace("demo", "dem0"))

    for who in ("rikke", "mads"):
        page = delivered.browser(who).get(PAGE)
        assert page.status_code == 200
        assert "is not as it was signed" in page.text
        assert counts_in(page.text) == set()


@pytest.mark.parametrize("number", [1, 7])
def test_a_stranger_does_not_learn_which_versions_are_there(delivered, number):
    page = delivered.browser("ole").get(f"/projects/demo/deliveries/{number}")

    assert page.status_code == 403
    assert "is not a member of project demo" in page.text


def test_a_version_that_is_not_there_is_not_found(delivered):
    assert (
        delivered.browser("rikke").get("/projects/demo/deliveries/7").status_code == 404
    )
