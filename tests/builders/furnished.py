"""A portal with something in every room: files, an extract, own data, tests."""

import hashlib
from pathlib import Path

from enclave.airlock.attachments import desk
from enclave.airlock.attachments.desk import NewFile
from enclave.airlock.ingress import Ingress
from enclave.archive.jobs import enqueue_rerun
from enclave.archive.rerun_request import Wish
from enclave.delivery.cpr_extract.worker_box import WorkerBox
from enclave.delivery.deliver import deliver
from enclave.projects import applications
from enclave.projects.training import attempts
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.project_tables import Account
from enclave.warehouse.warehouse import Warehouse
from tests.builders import archived, cpr_hospital, installation, own_data
from tests.builders.attached_files import pdf, picture
from tests.builders.projects import at, proposal


ANALYSIS = "PAC2026Rikke_survival"
EVIL = '"><script>document.title = "owned"</script>'
LONG = "Hospitalsindlæggelsesvarighedsundersøgelse"
BAD = {
    "cpr": cpr_hospital.CPR[:2],
    "sample": ["s1", "010270-9980"],
    "value": ["1", "x"],
    "day": ["2012-03-04", "2012-03-05"],
}
GOOD = {**BAD, "sample": ["s1", "s2"], "value": ["1", "2"]}


def furnish(settings: Settings, database: Database, folder: Path) -> None:
    """A proposal with files, a request, an extract, two tables of own data, tests."""
    cpr_hospital.set_up(settings, database)
    WorkerBox(settings).make()
    attached = proposal(database, short_name="second")
    for name, content in (("vek-h-20012345.pdf", pdf("x")), ("a.png", picture("PNG"))):
        sent = NewFile(name, content)
        desk.attach(settings, database, attached, sent, actor="rikke", clock=at())
    with database.begin() as session:
        wanted = {"project": "demo"}
        applications.create(session, "data_request", wanted, "rikke", at())
    cpr_hospital.released(database)
    described = [describe(settings, database) for _ in range(2)]
    content = own_data.write(folder / "bad.csv", BAD).read_bytes()
    upload(Ingress(settings, database, described[1]), content)
    with database.begin() as session:
        rikke = session.get_one(Account, "rikke")
        attempts.begin(session, "rikke", at())
        failed = attempts.begin(session, "anne", at())
        attempts.hand_in(session, failed.id, [0, 1, 2] * 3 + [0], "anne", at())
        rikke.agreement_until = rikke.training_until = None
    for state in ("internal_review", "internal_review", "excom_decision"):
        title = f"{LONG} {EVIL}"
        proposal(database, state, short_name=None, title=title, dnrf_funding=True)
    with database.begin() as session:
        archived.record(session, ANALYSIS)
        enqueue_rerun(session, settings, ANALYSIS, Wish("rikke"), clock=at())
    asked = ("contact.date", "contact.code")
    grant = installation.issued(settings, database, variables=asked)
    deliver(settings, database, grant.id, actor="mads", clock=at())


def describe(settings: Settings, database: Database) -> int:
    catalogue = Warehouse(settings).snapshot().catalogue
    with database.begin() as session:
        form = own_data.fields()
        number = applications.create(session, "own_data", form, "rikke", at()).id
        applications.submit(session, number, "rikke", catalogue, at())
        applications.act(session, number, "approve_description", "mads", clock=at())
    return number


def upload(hand: Ingress, content: bytes) -> None:
    hand.append(0, content, actor="rikke")
    hand.complete(hashlib.sha256(content).hexdigest(), actor="rikke", clock=at())
    hand.look_through(actor="mads", clock=at())
