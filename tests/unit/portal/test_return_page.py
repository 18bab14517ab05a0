"""The page on which a project gives back what lies in its return folder."""

import json
import re

import pytest

from enclave.archive.jobs import ARCHIVE
from enclave.jobs import queue
from enclave.portal.visitor import SENT_FROM_A_PAGE
from enclave.returns import folder, publications
from enclave.store.project_tables import Membership
from tests.builders import archived, installation
from tests.builders.portal import token
from tests.builders.projects import TODAY, at, project
from tests.unit.returns.test_findings import FORM


PAGE = "/projects/demo/return"
REFUSAL = (
    "The analysis is not archived, because it did not run cleanly: model.R: cell 7"
    " failed (error). Run it in the workspace from a fresh kernel until it does, then"
    " submit it again."
)


@pytest.fixture
def lying(clinic, settings, database):
    installation.issued(settings, database)
    place = folder.place_of(settings, "demo")
    place.mkdir(parents=True)
    (place / "finding.json").write_text(json.dumps(FORM))
    (place / "study.ipynb").write_text("{}")
    return clinic


def press(browser, **fields):
    page = browser.get(PAGE).text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    return browser.post(PAGE, data={"csrf": csrf[1] if csrf else "", **fields})


def test_a_member_hands_in_and_a_workspace_alone_cannot(lying):
    rikke = lying.browser("rikke")
    page = rikke.get(PAGE).text
    assert "study.ipynb" in page
    assert "finding.json" in page
    answer = press(rikke, name="finding.json")
    assert answer.headers["location"].endswith("/findings/1")
    shown = rikke.get("/findings/1").text
    assert "written in a workspace" in shown
    assert "typing errors" not in shown
    assert "typing errors" in lying.browser("mads").get("/findings/1").text
    assert PAGE in rikke.get("/projects/demo").text


def test_strangers_and_tokens_hand_in_nothing(lying, settings):
    for who in ("anne", "karen", "mads"):
        assert lying.browser(who).get(PAGE).status_code == 403
    kernel = lying.bearer(token(settings))
    assert kernel.get(PAGE).status_code == 403
    assert kernel.post(PAGE, data={"name": "finding.json"}).status_code == 403
    without = lying.browser("rikke").post(PAGE, data={"name": "finding.json"})
    assert without.status_code == 403


def test_what_cannot_be_taken_is_said(lying):
    rikke = lying.browser("rikke")
    assert press(rikke, name="study.ipynb", title="Study").status_code == 422
    assert press(rikke, name="gone.ipynb", title="Study").status_code == 404


def on_its_way(database, state, **more):
    with database.begin() as session:
        payload = {"project": "demo", "account": "rikke", "title": f"Study {state}"}
        job = queue.enqueue(session, ARCHIVE, payload, clock=at())
        job.state = state
        for name, value in more.items():
            setattr(job, name, value)
        return job.id


def test_it_says_how_far_each_analysis_is_and_why_not(clinic, database):
    with database.begin() as session:
        other = {"project": "other", "account": "anne", "title": "Secret study"}
        queue.enqueue(session, ARCHIVE, other, clock=at())
    on_its_way(database, "running", step=3, steps=20)
    on_its_way(database, "failed", message=REFUSAL)
    on_its_way(database, "done", result={"analysis": "PAC2026Rikke_study"})
    rikke = clinic.browser("rikke")

    english = rikke.get(PAGE).text
    danish = clinic.browser("rikke", **{"accept-language": "da"}).get(PAGE).text

    for words in (
        "cell 3 of 20",
        "cell 7 failed (error)",
        "PAC2026Rikke_study",
        "Not archived",
        'hx-trigger="every 2s"',
    ):
        assert words in english
    (followed,) = re.findall(r'hx-post="/services/portal(/[^"]+)"', english)
    # As a script of ours; only there does the hub's sign-in let one pass.
    assert SENT_FROM_A_PAGE.fullmatch(followed[1:])
    assert rikke.post(followed, data={"csrf": "x"}).status_code == 403
    csrf = re.search(r'name="csrf" value="([^"]*)"', english)[1]
    part = rikke.post(followed, data={"csrf": csrf}).text
    assert "cell 3 of 20" in part
    assert "<html" not in part
    assert "Secret study" not in english
    assert "celle 3 af 20" in danish
    assert "Ikke arkiveret" in danish
    assert "model.R: celle 7 fejlede (error). Kør den i arbejdsrummet" in danish


def test_of_another_project_s_jobs_nobody_learns_whether_they_are(
    clinic, settings, database
):
    number = on_its_way(database, "queued")
    project(database, short_name="other")
    there = "/projects/other/return"
    lies = folder.place_of(settings, "other")
    lies.mkdir(parents=True)
    (lies / "study.ipynb").write_text("{}")
    with database.begin() as session:
        for who in ("anne", "karen"):
            session.add(
                Membership(project_number=2, account=who, role="member", since=TODAY)
            )

    for who in ("anne", "karen"):
        visitor = clinic.browser(who)
        csrf = re.search(r'name="csrf" value="([^"]*)"', visitor.get(there).text)[1]
        for page, expected in ((there, 404), (PAGE, 403)):
            answers = [
                visitor.post(f"{page}/cancel", data={"csrf": csrf, "job": job})
                for job in (number, 98)
            ]
            texts = {
                re.sub(rf"\b(98|{number})\b|value=\S+", "N", one.text)
                for one in answers
            }
            assert {one.status_code for one in answers} == {expected}
            assert len(texts) == 1


def test_who_handed_it_in_cancels_it(clinic, database):
    number = on_its_way(database, "queued")
    rikke = clinic.browser("rikke")
    csrf = re.search(r'name="csrf" value="([^"]*)"', rikke.get(PAGE).text)[1]

    assert rikke.post(f"{PAGE}/cancel", data={"job": number}).status_code == 403
    for job, code in (("x", 422), ("9" * 30, 422), ("99", 404), (number, 303)):
        answer = rikke.post(f"{PAGE}/cancel", data={"csrf": csrf, "job": job})
        assert answer.status_code == code

    page = rikke.get(PAGE).text
    assert "Cancelled" in page
    assert "hx-trigger" not in page


def publish(browser, **fields):
    page = browser.get(PAGE).text
    csrf = re.search(r'name="csrf" value="([^"]*)"', page)
    given = {"csrf": csrf[1] if csrf else "", **fields}
    return browser.post(f"{PAGE}/publication", data=given)


def test_a_publication_is_put_on_record_with_what_it_rests_on(clinic, database):
    with database.begin() as session:
        for name in ("PAC2026Holm_survival", "PAC2026Holm_costs"):
            archived.record(session, name)
    rikke = clinic.browser("rikke")
    assert "PAC2026Holm_costs" in rikke.get(PAGE).text

    doi = "https://doi.org/10.1136/BMJopen-2024-089966"
    answer = publish(rikke, doi=doi, **{"of:PAC2026Holm_survival": "on"})

    assert answer.headers["location"].endswith(f"{PAGE}?done=publication")
    shown = rikke.get(f"{PAGE}?done=publication").text
    assert 'href="https://doi.org/10.1136/bmjopen-2024-089966"' in shown
    assert "The publication is on record" in shown
    with database.begin() as session:
        (row,) = publications.of_project(session, "demo")
        assert json.loads(row.analyses) == ["PAC2026Holm_survival"]
        assert row.recorded_by == "rikke"


def test_what_is_no_publication_of_the_project_is_not_put_on_record(clinic, database):
    project(database, short_name="other")
    with database.begin() as session:
        archived.record(session, "PAC2026Holm_other", project=2)
    rikke = clinic.browser("rikke")

    assert "is no DOI" in publish(rikke, doi="bmjopen 2024").text
    good = "10.1136/bmjopen-2024-089966"
    foreign = publish(rikke, doi=good, **{"of:PAC2026Holm_other": "on"})
    assert foreign.status_code == 404
    assert publish(clinic.browser("anne"), doi=good).status_code == 403
    without = rikke.post(f"{PAGE}/publication", data={"doi": good})
    assert without.status_code == 403
    with database.begin() as session:
        assert publications.of_project(session, "demo") == []
