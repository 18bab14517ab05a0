"""What everybody may read, and what a person was told."""

import re

import pytest
from sqlalchemy import select

from enclave.projects import notices
from enclave.projects.machine import Kind
from enclave.returns import publications
from enclave.store.database import Database
from enclave.store.notice_tables import Notice
from enclave.store.project_tables import Application, Project, ProjectDepartment
from tests.builders import project_forms
from tests.builders.portal import Door
from tests.builders.projects import project, proposal, take
from tests.unit.portal.test_drafts import csrf


def test_the_register_is_open_and_says_what_came_back(door: Door, database: Database):
    project_forms.within(database, Kind.CLOSE_OUT, "closed", "ended")
    project(database, short_name="running", other_departments=[_consent("Kardiologi")])

    page = door.browser(None).get("/register").text

    for said in (
        "to treat them better",
        "No difference in survival was found",
        "10.1136/bmjopen-2024-089966",
        "Kardiologi",
        "Rikke, Rigshospitalet",
    ):
        assert said in page
    found = door.browser(None, accept="application/json").get("/api/register").json()
    assert [one["state"] for one in found["projects"]] == ["active", "closed"]


def test_the_register_shows_publications_once(door: Door, database: Database):
    project_forms.within(database, Kind.CLOSE_OUT, "closed", "ended")
    with database.begin() as session:
        for doi in ("10.1136/BMJOPEN-2024-089966", "10.1000/later"):
            publications.record(session, "ended", doi, actor="mads")

    page = door.browser(None).get("/register").text

    assert page.count("10.1000/later</a>") == 1
    assert page.lower().count("10.1136/bmjopen-2024-089966</a>") == 1


def test_what_is_not_approved_is_not_in_the_register(door: Door, database: Database):
    for state in ("draft", "submitted", "rejected"):
        proposal(database, state, title="A secret idea")

    assert "A secret idea" not in door.browser(None).get("/register").text


def test_a_department_reads_what_came_of_its_data(door: Door, database: Database):
    project(database, short_name="a", other_departments=[_consent("Kardiologi")])
    project(database, short_name="b", title="A study without them")
    karen = door.browser("karen")

    page = karen.get("/digest?department=Kardiologi").text

    assert 'id="project-a"' in page
    assert 'id="project-b"' not in page
    assert 'id="project-b"' in karen.get("/digest").text
    assert door.browser(None).get("/digest").status_code == 401


def test_a_digest_has_pages_and_is_there_for_programs(door: Door, database: Database):
    project(database, other_departments=[_consent("Kardiologi")])
    number = _copies(database, 30)
    program = door.program("karen")

    first = program.get("/api/digest?department=Kardiologi").json()
    second = program.get("/api/digest?department=Kardiologi&page=2").json()

    assert (first["total"], first["pages"]) == (number, 2)
    slugs = [one["slug"] for one in first["projects"] + second["projects"]]
    assert len({*slugs}) == number
    page = door.browser("karen").get("/digest?department=Kardiologi&page=2").text
    assert "?department=Kardiologi&amp;page=1" in page


def _copies(database: Database, number: int) -> int:
    """Found so many more projects of the same proposal; return how many there are."""
    with database.begin() as session:
        first = session.scalars(select(Project)).one()
        for one in range(number):
            made = Project(
                slug=f"copy-{one}",
                title=first.title,
                leader=first.leader,
                state=first.state,
                state_reason="",
                created=first.created,
                end_date=first.end_date,
                proposal_id=1000 + one,
            )
            session.add(made)
            session.flush()
            session.add(
                ProjectDepartment(project_number=made.number, name="Kardiologi")
            )
        # Their forms are that of the first.
        session.flush()
        form = session.get_one(Application, first.proposal_id)
        for one in range(number):
            fields = {
                key.name: getattr(form, key.name)
                for key in Application.__table__.columns
            }
            session.add(Application(**{**fields, "id": 1000 + one}))
    return number + 1


@pytest.mark.parametrize("language", ["en", "da"])
def test_the_guidance_is_open(door: Door, language: str):
    page = door.browser(None).get(f"/guidance?language={language}").text

    assert "§ 42 d" in page
    assert {"en": "Who decides?", "da": "Hvem afgør?"}[language] in page


def test_notices_are_read_and_stay(door: Door, database: Database):
    number = proposal(database, "submitted")
    with database.begin() as session:
        take(session, number, "return", "karen")
    rikke = door.browser("rikke")

    page = rikke.get("/notices?language=da").text
    assert re.search(r"Projektforslag 1 venter på dig", page)
    assert page.count('<span class="badge returned">Returneret</span>') == 2
    assert page.count("<strong>ny</strong>") == 2

    rikke.post("/notices/read", data={"csrf": csrf(page)})
    assert "<strong>ny</strong>" not in rikke.get("/notices").text


def test_older_notices_are_on_further_pages(
    door: Door, database: Database, monkeypatch
):
    monkeypatch.setattr(notices, "PAGE_SIZE", 2)
    for number in range(5):
        proposal(database, "returned", short_name=f"p{number}", title=f"Title {number}")
    rikke = door.browser("rikke")

    read, page = [], "/notices?page=1"
    while page:
        text = rikke.get(page).text
        read += re.findall(r"Title \d", text)
        found = re.search(r'href="(\?page=\d+)" rel="next"', text)
        page = f"/notices{found[1]}" if found else ""

    with database.begin() as session:
        mine = select(Notice.title).where(Notice.account == "rikke")
        assert read == list(session.scalars(mine.order_by(Notice.id.desc())))
    assert len(read) == 10
    assert rikke.get("/notices?page=0").status_code == 200


def _consent(department: str) -> dict[str, str]:
    return {"department": department, "head": "A. Head", "document": "consent.pdf"}
