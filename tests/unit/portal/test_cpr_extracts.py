"""CPR extracts through the portal: made by a worker, taken once, destroyed."""

import io
import re
from functools import partial

import pytest
import pyzipper
from click.testing import CliRunner
from sqlalchemy import select

from enclave.cli.main import enclave
from enclave.delivery.cpr_extract import desk, jobs
from enclave.delivery.cpr_extract.worker_box import WorkerBox
from enclave.jobs.worker import Worker, silent
from enclave.store.delivery_tables import CprExtract
from enclave.store.job_tables import Job
from tests.builders import cpr_hospital
from tests.builders.cpr_hospital import CPR
from tests.builders.portal import portal, visits
from tests.builders.projects import at, later


@pytest.fixture
def clinic(settings, database):
    cpr_hospital.set_up(settings, database)
    cpr_hospital.released(database)
    WorkerBox(settings).make()
    with visits(portal(settings, database)) as door:
        yield door


@pytest.fixture
def work(settings, database):
    handler = partial(jobs.carry_out, settings, database, clock=at())
    return Worker(database, {jobs.JOB: silent(handler)}, clock=at()).run_one


def csrf(page: str) -> str:
    return re.search(r'name="csrf" value="([^"]*)"', page)[1]


def prepare(browser) -> tuple[str, str]:
    """Press the button; return the link's path and the pass phrase."""
    page = browser.get("/cpr-extracts/2").text
    told = browser.post("/cpr-extracts/2", data={"csrf": csrf(page)}).text
    link, phrase = re.findall(r'class="secret"><code>([^<]+)</code>', told)
    return link.partition("/services/portal")[2], phrase


def test_two_release_one_prepares_one_takes_and_destroys(
    clinic, work, settings, database
):
    mads, rikke = clinic.browser("mads"), clinic.browser("rikke")
    link, phrase = prepare(mads)
    assert phrase not in mads.get("/cpr-extracts/2").text
    with database.begin() as session:
        (payload,) = session.scalars(select(Job.payload))
    secret = link.partition(".")[2]
    assert not {phrase, secret} & {*map(str, payload.values())}
    assert phrase not in str(payload)
    assert work().state == "done"
    assert "Waits to be taken" in rikke.get("/cpr-extracts/2").text

    page = rikke.get(link).text
    assert rikke.get(link).status_code == 200  # to look uses nothing up
    got = rikke.post(link, data={"csrf": csrf(page)})
    assert got.headers["content-disposition"].startswith("attachment;")
    with pyzipper.AESZipFile(io.BytesIO(got.content)) as archive:
        archive.setpassword(phrase.encode())
        assert CPR[0] in archive.read("data.csv").decode()
    again = rikke.post(link, data={"csrf": csrf(page)})
    assert (again.status_code, "works once" in again.text) == (403, True)

    page = rikke.get("/cpr-extracts/2").text
    done = {"csrf": csrf(page), "extract": "1"}
    assert rikke.post("/cpr-extracts/2/destroyed", data=done).status_code == 303
    assert "Destroyed" in rikke.get("/cpr-extracts/2?language=en").text
    assert not [*settings.extracts.glob("*.zip")]


def test_the_link_is_of_one_person(clinic, work):
    link, _ = prepare(clinic.browser("karen"))
    work()
    for stranger in ("karen", "mads", "anne"):
        browser = clinic.browser(stranger)
        refused = browser.post(link, data={"csrf": csrf(browser.get(link).text)})
        assert refused.status_code == 403
        assert "not yours" in refused.text
    anne = clinic.browser("anne")
    assert anne.get("/cpr-extracts/2").status_code == 404
    forged = clinic.browser("rikke").post(link, data={"csrf": "x"})
    assert forged.status_code == 403
    rikke = clinic.browser("rikke")
    taken = rikke.post(link, data={"csrf": csrf(rikke.get(link).text)})
    assert taken.status_code == 200


def test_a_link_that_is_over_says_so_and_leads_on(clinic, work, database):
    link, _ = prepare(clinic.browser("mads"))
    work()
    rikke = clinic.browser("rikke")
    rikke.post(link, data={"csrf": csrf(rikke.get(link).text)})

    used = rikke.get(f"{link}?language=da").text

    assert "Hentet, skal destrueres" in used
    assert "<form" not in used
    assert 'href="/services/portal/cpr-extracts/2"' in used
    # Nobody else learns where it stands, and to look is no attempt.
    mads = clinic.browser("mads")
    assert "Hentet" not in mads.get(f"{link}?language=da").text
    assert "<form" in mads.get(link).text
    with database.begin() as session:
        assert session.scalars(select(CprExtract.attempts)).one() == 0


def test_an_expired_link_says_so_and_is_replaced(clinic, work, settings, database):
    link, _ = prepare(clinic.browser("mads"))
    work()
    # Before any worker has swept it.
    with visits(portal(settings, database, clock=later(days=4))) as door:
        rikke, mads = door.browser("rikke"), door.browser("mads")
        over = rikke.get(link).text
        assert "The link expired" in over
        assert "Ask mads to make the list anew" in over
        assert "<form" not in over
        assert "Ask mads" in rikke.get("/cpr-extracts/2").text

        other, _ = prepare(mads)

        assert other != link


def test_a_link_that_was_replaced_costs_the_other_nothing(
    clinic, work, settings, database
):
    old, _ = prepare(clinic.browser("mads"))
    work()
    clock = later(days=4)
    with visits(portal(settings, database, clock=clock)) as door:
        new, _ = prepare(door.browser("mads"))
        make = silent(partial(jobs.carry_out, settings, database, clock=clock))
        Worker(database, {jobs.JOB: make}, clock=clock).run_one()
        rikke = door.browser("rikke")
        fine = rikke.get(new).text
        over = rikke.get(f"{old}?language=en").text
        assert "The link was replaced by another" in over
        assert "<form" not in over
        for _ in range(5):
            refused = rikke.post(old, data={"csrf": csrf(fine)})
            assert (refused.status_code, "was replaced" in refused.text) == (403, True)

        assert rikke.post(new, data={"csrf": csrf(fine)}).status_code == 200

    with database.begin() as session:
        assert [*session.scalars(select(CprExtract.attempts))] == [0, 0]


def test_nobody_but_the_two_prepares_and_only_once(clinic, work, settings, database):
    for other in ("rikke", "dorte"):
        assert "Make the list" not in clinic.browser(other).get("/cpr-extracts/2").text
        refused = clinic.program(other).post("/api/cpr-extracts/2")
        assert refused.status_code == 403
    mads = clinic.program("mads")
    assert mads.post("/api/cpr-extracts/2").status_code == 202
    again = clinic.program("karen").post("/api/cpr-extracts/2")
    assert (again.status_code, "made already" in again.json()["error"]) == (403, True)
    # By the command meanwhile.
    desk.prepare(settings, database, 2, actor="karen", clock=at())
    assert work().state == "failed"
    shown = mads.get("/api/cpr-extracts/2").json()
    assert [one["state"] for one in shown["extracts"]] == ["waiting"]
    assert "given once" in shown["failed"]


def test_programs_take_and_confirm(clinic, work):
    told = clinic.program("mads").post("/api/cpr-extracts/2").json()
    work()
    rikke = clinic.program("rikke")
    link = {"link": told["link"]}
    assert rikke.post("/api/cpr-extracts/take", json=link).status_code == 200
    assert rikke.post("/api/cpr-extracts/take", json=link).status_code == 403
    wrong = rikke.post("/api/cpr-extracts/2/destroyed", json={"extract": 9})
    assert wrong.status_code == 404
    done = rikke.post("/api/cpr-extracts/2/destroyed", json={"extract": 1})
    assert done.status_code == 204


def test_a_job_whose_worker_died_after_it_makes_no_second_list(
    clinic, work, settings, database
):
    clinic.program("mads").post("/api/cpr-extracts/2")
    with database.begin() as session:
        (payload,) = session.scalars(select(Job.payload))
    jobs.carry_out(settings, database, payload, clock=at())
    assert work().state == "done"
    assert len([*settings.extracts.glob("*.zip")]) == 1


def test_what_a_job_was_told_is_forgotten_once_it_has_ended(
    clinic, work, settings, database
):
    clinic.program("mads").post("/api/cpr-extracts/2")
    jobs.forget(database)
    assert work().state == "done"  # so it was kept till then

    worker = CliRunner().invoke(enclave, ["worker", "--once"], obj=settings)

    assert worker.exit_code == 0, worker.output
    with database.begin() as session:
        assert session.scalars(select(Job.payload)).one()["box"] == ""


def test_without_a_worker_nobody_is_told_a_link_that_never_works(clinic, settings):
    (settings.home / "worker.pub").unlink()
    refused = clinic.program("mads").post("/api/cpr-extracts/2")
    assert refused.status_code == 503
    assert "enclave worker" in refused.json()["error"]
