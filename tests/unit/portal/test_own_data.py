"""Own data through the portal: sent in pieces, looked through, released."""

import hashlib
import re
from functools import partial

import pyarrow.parquet as pq
import pytest

from enclave.airlock import ingress_jobs
from enclave.jobs.course import Course
from enclave.jobs.worker import Worker
from enclave.portal.visitor import SENT_FROM_A_PAGE
from enclave.projects import applications
from enclave.warehouse.warehouse import Warehouse
from tests.builders import cpr_hospital, own_data
from tests.builders.cpr_hospital import CPR
from tests.builders.portal import portal, visits
from tests.builders.projects import at, cast, project


GOOD = {
    "cpr": CPR[:3],
    "sample": ["s1", "s2", "s3"],
    "value": ["1.5", "2", "3"],
    "day": ["2012-03-04"] * 3,
}


@pytest.fixture
def clinic(settings, database):
    cpr_hospital.load(settings)
    cast(database)
    project(database)
    catalogue = Warehouse(settings).snapshot().catalogue
    with database.begin() as session:
        made = applications.create(
            session, "own_data", own_data.fields(), "rikke", at()
        )
        applications.submit(session, made.id, "rikke", catalogue, at())
        applications.act(session, made.id, "approve_description", "mads", clock=at())
    with visits(portal(settings, database)) as door:
        yield door


@pytest.fixture
def work(settings, database):
    handler = partial(ingress_jobs.carry_out, settings, database, clock=at())
    worker = Worker(database, {ingress_jobs.JOB: handler}, clock=at())
    return worker.run_one


def csrf(page: str) -> str:
    return re.search(r'(?:name="csrf" value|data-proof)="([^"]*)"', page)[1]


def send(browser, content: bytes, number: int = 2, size: int = 40):
    """As the page's script does it, in small pieces."""
    proof = {"x-proof": csrf(browser.get(f"/own-data/{number}").text)}
    done = browser.post(f"/own-data/{number}/received", headers=proof)
    while (at := done.json()["received"]) < len(content):
        piece = content[at : at + size]
        address = f"/own-data/{number}/pieces?offset={at}"
        done = browser.post(address, headers=proof, content=piece)
    whole = hashlib.sha256(content).hexdigest()
    return browser.post(f"/own-data/{number}/complete?sha256={whole}", headers=proof)


def press(browser, step: str, number: int = 2):
    page = browser.get(f"/own-data/{number}").text
    fields = {"csrf": csrf(page), "step": step}
    return browser.post(f"/own-data/{number}/jobs", data=fields)


def test_a_table_is_uploaded_looked_through_and_released(
    clinic, work, settings, tmp_path
):
    content = own_data.write(tmp_path / "t.csv", GOOD).read_bytes()
    rikke, mads = clinic.browser("rikke"), clinic.browser("mads")
    assert "/own-data/2" in rikke.get("/applications/2").text

    assert send(rikke, content).status_code == 200
    assert "Look through it" not in rikke.get("/own-data/2").text
    scan = clinic.program("rikke").post("/api/own-data/2/jobs/scan")
    assert scan.status_code == 403
    assert press(mads, "scan").status_code == 303
    assert "A worker is on it" in mads.get("/own-data/2").text
    assert work().state == "done"
    assert "Nothing speaks against it." in rikke.get("/own-data/2?language=en").text

    assert press(mads, "load").status_code == 303
    assert work().state == "done"
    (file,) = (settings.projects / "demo" / "own").glob("*.parquet")
    assert pq.read_table(file).num_rows == 3
    assert not [*settings.ingress.glob("*/upload*")]
    assert clinic.program("rikke").get("/api/own-data/2").json()["state"] == "loaded"


def test_what_is_refused_is_listed_with_its_place_and_without_its_value(
    clinic, work, tmp_path
):
    number = f"{CPR[0][:6]}-{CPR[0][6:]}"
    bad = {**GOOD, "sample": ["s1", number, "s3"]}
    content = own_data.write(tmp_path / "t.csv", bad).read_bytes()
    rikke, mads = clinic.browser("rikke"), clinic.browser("mads")
    send(rikke, content)
    press(mads, "scan")
    assert work().state == "done"

    for page in (rikke.get("/own-data/2").text, mads.get("/own-data/2").text):
        assert "<code>sample</code>" in page
        assert "refused and destroyed" in page
        assert number not in page
    assert 'value="scan"' not in mads.get("/own-data/2").text
    found = clinic.program("rikke").get("/api/own-data/2").json()["findings"]
    assert [(one["column"], one["examples"]) for one in found] == [("sample", [2])]
    danish = rikke.get("/own-data/2?language=da").text
    assert '<td lang="da">CPR-nummer</td>' in danish
    assert '<td class="figure">1</td><td class="figure">2</td>' in danish


def test_why_a_step_failed_is_said_in_danish(clinic, work, settings, tmp_path):
    content = own_data.write(tmp_path / "t.csv", GOOD).read_bytes()
    send(clinic.browser("rikke"), content)
    press(clinic.browser("mads"), "scan")
    (settings.ingress / "2" / "upload").write_bytes(b"x")
    assert work().state == "failed"

    page = clinic.browser("mads").get("/own-data/2?language=da").text

    assert '<p class="notice" lang="da">Det, der ligger der, er ikke den fil' in page


def test_an_upload_goes_on_and_a_wrong_one_begins_anew(clinic, tmp_path):
    content = own_data.write(tmp_path / "t.csv", GOOD).read_bytes()
    rikke = clinic.browser("rikke")
    proof = {"x-proof": csrf(rikke.get("/own-data/2").text)}
    rikke.post("/own-data/2/pieces?offset=0", headers=proof, content=content[:10])
    assert "10 bytes have arrived" in rikke.get("/own-data/2").text
    wrong = rikke.post("/own-data/2/pieces?offset=4", headers=proof, content=b"x")
    assert wrong.status_code == 422

    whole = hashlib.sha256(content).hexdigest()
    early = rikke.post(f"/own-data/2/complete?sha256={whole}", headers=proof)
    assert early.status_code == 422
    assert "bytes have arrived" not in rikke.get("/own-data/2").text
    assert send(rikke, content).status_code == 200


def test_only_our_page_and_only_the_applicant_sends(clinic):
    for address in ("received", "pieces?offset=0", "complete?sha256=0"):
        assert SENT_FROM_A_PAGE.fullmatch(f"own-data/2/{address.partition('?')[0]}")
        rikke = clinic.browser("rikke")
        assert rikke.post(f"/own-data/2/{address}").status_code == 403
    mads = clinic.browser("mads")
    proof = {"x-proof": csrf(clinic.browser("mads").get("/training").text)}
    sent = mads.post("/own-data/2/pieces?offset=0", headers=proof, content=b"x")
    assert sent.status_code == 403
    assert clinic.browser("anne").get("/own-data/2").status_code == 404
    assert clinic.browser("mads").get("/own-data/1").status_code == 404


def test_programs_do_the_same(clinic, work, tmp_path):
    content = own_data.write(tmp_path / "t.csv", GOOD).read_bytes()
    rikke, mads = clinic.program("rikke"), clinic.program("mads")
    address = "/api/own-data/2"

    done = rikke.send("PUT", f"{address}/content?offset=0", content=content)
    assert done.json() == {"received": len(content)}
    whole = {"sha256": hashlib.sha256(content).hexdigest()}
    assert rikke.post(f"{address}/complete", json=whole).status_code == 204
    first = mads.post(f"{address}/jobs/scan")
    assert first.status_code == 202
    assert mads.post(f"{address}/jobs/scan").json()["job"] == first.json()["job"]
    assert mads.post(f"{address}/jobs/load").status_code == 409
    assert mads.post(f"{address}/jobs/burn").status_code == 422
    assert work().state == "done"
    assert mads.get(address).json()["state"] == "quarantined"


def test_a_job_whose_worker_died_after_it_is_done_again_without_harm(
    clinic, settings, database, tmp_path
):
    content = own_data.write(tmp_path / "t.csv", GOOD).read_bytes()
    send(clinic.browser("rikke"), content)
    payload = {"application": 2, "step": "scan", "actor": "mads"}
    first = ingress_jobs.carry_out(settings, database, payload, Course(), clock=at())
    again = ingress_jobs.carry_out(settings, database, payload, Course(), clock=at())

    assert first == {"findings": 0, "blocked": False}
    assert again == {"state": "quarantined"}
