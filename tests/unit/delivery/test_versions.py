"""Versions: once each, the same each time, whole or not at all, on record."""

import shutil

import pytest

from enclave.delivery import records
from enclave.errors import IntegrityError, PolicyRefusal
from tests.builders import installation
from tests.builders.deliveries import column, events, make
from tests.builders.installation import issued


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


def test_grants_and_deliveries_work_on_either_database(settings, store):
    installation.set_up(settings, store)
    grant = issued(settings, store)

    first = make(settings, store, grant.id, actor="mads")

    assert make(settings, store, grant.id) == first
    with store.begin() as session:
        (row,) = records.of_project(session, "demo")
        assert (row.persons, row.rows) == (12, 12 + 12 + 36)
