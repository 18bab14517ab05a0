"""A delivery: exactly what was granted, once, the same each time, on record."""

import json
import shutil
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from enclave.audit import log
from enclave.cohort.question import CodeList, EventCriterion, Question
from enclave.delivery import grant as grants
from enclave.delivery import records
from enclave.delivery.deliver import carry_out, deliver, enqueue
from enclave.delivery.manifest import verify_folder
from enclave.errors import IntegrityError, NotFoundError, PolicyRefusal
from enclave.identity.pseudonyms import Pseudonyms, destroy_key
from enclave.identity.vault import Vault
from enclave.jobs.worker import Worker, silent
from enclave.projects import applications
from enclave.settings import Settings
from enclave.store.database import Database
from tests.builders import installation, projects
from tests.builders.installation import issued
from tests.builders.projects import NOW, at


def make(settings: Settings, database: Database, grant: str, **options):
    return deliver(settings, database, grant, clock=at(), **options)


def leave(settings: Settings, database: Database, grant: str, **options) -> int:
    """Leave a delivery to a worker."""
    with database.begin() as session:
        return enqueue(session, settings, grant, clock=at(), **options)


def ids(settings: Settings, pseudonyms) -> set[str]:
    """The ids that the source knows the delivered persons by."""
    reader = Pseudonyms.for_project(settings, 1)
    keys = [reader.reveal(one) for one in set(pseudonyms)]
    return set(Vault.of(settings).ids_of(keys)["id"].to_pylist())


def column(folder: Path, table: str, name: str) -> list:
    return pq.read_table(folder / f"{table}.parquet")[name].to_pylist()


def events(database: Database, action: str) -> list[dict]:
    with database.begin() as session:
        log.verify(session)
        return [
            json.loads(details)
            for (details,) in session.execute(
                text("SELECT details FROM audit_entry WHERE action = :action"),
                {"action": action},
            )
        ]


def test_the_granted_persons_columns_and_days_are_delivered(settings, clinic):
    grant = issued(settings, clinic)
    delivery = make(settings, clinic, grant.id)

    folder = delivery.folder
    assert folder == settings.deliveries / "demo" / grant.id / "0001"
    assert sorted(path.name for path in folder.iterdir()) == [
        "dictionary.json",
        "lab.parquet",
        "manifest.json",
        "person.parquet",
        "population.parquet",
        "receipt.json",
        "receipt.md",
    ]
    women = {f"p{number}" for number in range(1, 13)}
    assert ids(settings, column(folder, "population", "pseudonym")) == women
    assert ids(settings, column(folder, "person", "pseudonym")) == women
    with_results = ids(settings, column(folder, "lab", "pseudonym"))
    assert with_results == women - {"p3", "p4", "p5"}
    assert set(column(folder, "person", "sex")) == {"female"}
    days = column(folder, "lab", "date")
    assert len(days) == 9 * 4
    assert min(days) >= date(2010, 1, 1)
    assert pq.read_schema(folder / "lab.parquet").names == [
        "pseudonym",
        "date",
        "code",
        "value",
    ]


def test_no_file_holds_an_id_or_an_address(settings, clinic):
    folder = make(settings, clinic, issued(settings, clinic).id).folder

    for table in folder.glob("*.parquet"):
        cells = {
            str(cell)
            for row in pq.read_table(table).to_pylist()
            for cell in row.values()
        }
        assert not any(cell.startswith(("p1", "Vej")) for cell in cells)
        assert "person" not in pq.read_schema(table).names
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"Vej 1" not in written


def test_the_manifest_fits_and_is_signed(settings, clinic):
    grant = issued(settings, clinic)
    delivery = make(settings, clinic, grant.id)

    manifest = verify_folder(delivery.folder)

    assert manifest == delivery.manifest
    assert manifest.grant_digest == grant.digest
    assert manifest.question_digest == grant.question.digest
    assert manifest.pseudonym_key == "project-1-epoch-1"
    counted = {table.name: (table.rows, table.persons) for table in manifest.tables}
    assert counted == {"population": (12, 12), "person": (12, 12), "lab": (36, 9)}
    assert manifest.persons == 12


def test_the_receipt_explains_who_has_no_rows(settings, clinic):
    folder = make(settings, clinic, issued(settings, clinic).id).folder

    receipt = json.loads((folder / "receipt.json").read_text())

    assert receipt["persons"] == {
        "cohort": 12,
        "with_rows": 9,
        "died_before_window": 1,
        "only_outside_window": 1,
        "no_rows": 1,
    }
    (lab,) = (table for table in receipt["tables"] if table["table"] == "lab")
    assert lab["rows_of_cohort"] - lab["rows_outside_window"] == 36
    assert lab["persons_with_rows"] == 9


def test_the_index_date_comes_with_the_persons(settings, clinic):
    first_protein = EventCriterion(codes=CodeList.of("NPU", "NPU19748"))
    question = Question(index=first_protein)
    proposal = projects.demo_forms.proposal(
        question, today=NOW.date(), short_name="index"
    )
    with clinic.begin() as session:
        made = applications.create(session, "proposal", proposal, "rikke", at())
        for action, who in projects.PROPOSAL_PATHS["approved"]:
            projects.take(session, made.id, action, who)
    grant = issued(settings, clinic, project="index", date_policy="month")

    folder = make(settings, clinic, grant.id).folder

    days = column(folder, "population", "index_date")
    assert len(days) == 19
    assert {day.day for day in days} == {15}
    assert {day.year for day in days} == {2008}


def test_delivered_again_it_is_the_same_version(settings, clinic):
    grant = issued(settings, clinic)

    first = make(settings, clinic, grant.id)
    again = make(settings, clinic, grant.id)

    assert again == first
    assert [path.name for path in first.folder.parent.glob("[0-9]*")] == ["0001"]
    assert len(events(clinic, "delivery.deliver")) == 1


def test_the_same_grant_and_snapshot_give_the_same_bytes(settings, clinic):
    grant = issued(settings, clinic)
    first = make(settings, clinic, grant.id)
    before = {path.name: path.read_bytes() for path in first.folder.iterdir()}

    shutil.rmtree(first.folder)
    again = make(settings, clinic, grant.id)

    assert {path.name: path.read_bytes() for path in again.folder.iterdir()} == before
    assert len(events(clinic, "delivery.deliver")) == 1


def test_a_newer_snapshot_is_a_new_version(settings, clinic):
    grant = issued(settings, clinic, refresh="daily")
    first = make(settings, clinic, grant.id)
    installation.load(settings, results=8)

    second = make(settings, clinic, grant.id)
    old = make(settings, clinic, grant.id, snapshot=1)

    assert (first.version, second.version, old.version) == (1, 2, 1)
    assert second.manifest.snapshot == 2
    assert old == first
    recorded = [event["version"] for event in events(clinic, "delivery.deliver")]
    assert recorded == [1, 2]
    assert column(first.folder, "population", "pseudonym") == column(
        second.folder, "population", "pseudonym"
    )


def test_a_grant_for_one_delivery_allows_no_second(settings, clinic):
    grant = issued(settings, clinic, refresh="once")
    first = make(settings, clinic, grant.id)
    installation.load(settings, results=8)

    with pytest.raises(PolicyRefusal, match="one delivery, and that is version 1"):
        make(settings, clinic, grant.id)
    assert make(settings, clinic, grant.id, snapshot=1) == first


def test_two_projects_get_unrelated_pseudonyms_of_the_same_persons(settings, clinic):
    projects.project(clinic, short_name="other")
    folders = [
        make(settings, clinic, issued(settings, clinic, project=slug).id).folder
        for slug in ("demo", "other")
    ]

    one, other = (set(column(each, "population", "pseudonym")) for each in folders)

    assert len(one) == len(other) == 12
    assert not one & other


def test_an_orphan_of_a_killed_run_is_adopted(settings, clinic, monkeypatch):
    grant = issued(settings, clinic)

    def killed(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as moment:
        moment.setattr(records, "record", killed)
        with pytest.raises(KeyboardInterrupt):
            make(settings, clinic, grant.id)
    orphan = settings.deliveries / "demo" / grant.id / "0001"
    written = {path.name: path.stat().st_mtime_ns for path in orphan.iterdir()}

    delivery = make(settings, clinic, grant.id)

    assert delivery.folder == orphan
    assert {p.name: p.stat().st_mtime_ns for p in orphan.iterdir()} == written
    assert [event["version"] for event in events(clinic, "delivery.deliver")] == [1]


def test_a_folder_that_does_not_belong_there_stops_everything(settings, clinic):
    grant = issued(settings, clinic)
    folder = make(settings, clinic, grant.id).folder
    shutil.copytree(folder, folder.with_name("0002"))

    with pytest.raises(IntegrityError, match="does not belong there"):
        make(settings, clinic, grant.id)


def test_leftovers_are_swept(settings, clinic):
    shelf = settings.deliveries / "demo"
    (shelf / ".partial-abc").mkdir(parents=True)
    (shelf / ".partial-abc" / "lab.parquet").touch()

    delivery = make(settings, clinic, issued(settings, clinic).id)

    assert sorted(shelf.iterdir()) == [shelf / ".lock", delivery.folder.parent]
    assert list(delivery.folder.parent.iterdir()) == [delivery.folder]


def test_a_failing_delivery_leaves_nothing(settings, clinic):
    grant = issued(settings, clinic)
    lost = settings.warehouse / "tables" / "lab"
    shutil.move(lost, settings.home / "elsewhere")

    with pytest.raises(Exception, match="lab"):
        make(settings, clinic, grant.id)
    left = [
        path for path in (settings.deliveries / "demo").rglob("*") if path.is_file()
    ]
    assert [path.name for path in left] == [".lock"]

    shutil.move(settings.home / "elsewhere", lost)
    assert make(settings, clinic, grant.id).version == 1


@pytest.mark.parametrize("name", ["lab.parquet", "receipt.md", "manifest.json"])
def test_a_changed_version_is_not_handed_out(settings, clinic, name):
    grant = issued(settings, clinic)
    file = make(settings, clinic, grant.id).folder / name
    file.write_bytes(file.read_bytes().replace(b"1", b"2", 1))

    with pytest.raises(IntegrityError):
        make(settings, clinic, grant.id)


def test_a_grant_that_has_ended_delivers_nothing(settings, clinic):
    last_day = NOW.date() + timedelta(days=30)
    grant = issued(settings, clinic, end_date=last_day.isoformat())
    after = at(last_day + timedelta(days=1))

    with pytest.raises(PolicyRefusal, match=f"ended on {last_day}"):
        deliver(settings, clinic, grant.id, clock=after)
    assert not (settings.deliveries / "demo").exists()
    assert deliver(settings, clinic, grant.id, clock=at(last_day)).version == 1


def test_an_expired_approval_delivers_nothing(settings, clinic):
    grant = issued(settings, clinic)
    with clinic.begin() as session:
        session.execute(text("UPDATE approval SET expires = '2026-11-21'"))

    with pytest.raises(PolicyRefusal, match="Project demo is suspended"):
        make(settings, clinic, grant.id)


def test_a_revoked_request_delivers_nothing(settings, clinic):
    grant = issued(settings, clinic)
    with clinic.begin() as session:
        applications.act(session, grant.request, "revoke", "karen", "breach", at())

    with pytest.raises(PolicyRefusal, match="is closed"):
        make(settings, clinic, grant.id)


def test_a_destroyed_key_delivers_nothing(settings, clinic):
    grant = issued(settings, clinic)
    folder = make(settings, clinic, grant.id).folder
    destroy_key(settings, 1, actor="mads", reason="the project is closed")
    shutil.rmtree(folder)

    with pytest.raises(PolicyRefusal, match="was destroyed"):
        make(settings, clinic, grant.id)


@pytest.mark.parametrize("actor", ["rikke", "karen", "ole"])
def test_only_data_managers_deliver(settings, clinic, actor):
    grant = issued(settings, clinic)

    with pytest.raises(PolicyRefusal, match="is no data manager"):
        make(settings, clinic, grant.id, actor=actor)
    with pytest.raises(NotFoundError):
        make(settings, clinic, grant.id, actor="nobody")
    make(settings, clinic, grant.id, actor="mads")
    with clinic.begin() as session:
        (row,) = records.of_project(session, "demo")
        assert row.delivered_by == "mads"


def test_an_unknown_snapshot_is_not_found(settings, clinic):
    with pytest.raises(NotFoundError, match="no snapshot 7"):
        make(settings, clinic, issued(settings, clinic).id, snapshot=7)


def test_a_worker_delivers_what_was_left_to_it(settings, clinic):
    grant = issued(settings, clinic)
    clock = at()
    job, again = (leave(settings, clinic, grant.id, actor="mads") for _ in range(2))
    installation.load(settings, results=8)

    deliver_one = partial(carry_out, settings, clinic, clock=clock)
    handlers = {"delivery": silent(deliver_one)}
    outcome = Worker(clinic, handlers, clock=clock).run_one()

    assert again == job == outcome.job
    assert outcome.state == "done"
    (event,) = events(clinic, "delivery.deliver")
    assert (event["version"], event["snapshot"]) == (1, 1)


def test_what_cannot_be_delivered_is_not_queued(settings, clinic):
    grant = issued(settings, clinic)

    for actor, snapshot, error in (
        ("rikke", None, PolicyRefusal),
        ("mads", 7, NotFoundError),
    ):
        with pytest.raises(error):
            leave(settings, clinic, grant.id, snapshot=snapshot, actor=actor)
    assert Worker(clinic, {"delivery": silent(dict)}, clock=at()).run_one() is None


def test_a_grant_and_the_wish_to_deliver_it_come_together_or_not(settings, clinic):
    request = installation.agreed(settings, clinic)

    with pytest.raises(KeyboardInterrupt), clinic.begin() as session:
        grant = grants.issue(session, settings, request, "mads", at())
        enqueue(session, settings, grant.id, actor="mads", clock=at())
        raise KeyboardInterrupt

    assert Worker(clinic, {"delivery": silent(dict)}, clock=at()).run_one() is None
    with clinic.begin() as session:
        assert grants.listing(session) == []


def test_grants_and_deliveries_work_on_either_database(settings, store):
    installation.set_up(settings, store)
    grant = issued(settings, store)

    first = make(settings, store, grant.id, actor="mads")

    assert make(settings, store, grant.id) == first
    with store.begin() as session:
        (row,) = records.of_project(session, "demo")
        assert (row.persons, row.rows) == (12, 12 + 12 + 36)
