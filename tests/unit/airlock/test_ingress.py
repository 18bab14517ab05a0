"""Own data on their way in: uploaded, looked through, released, or destroyed."""

import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from sqlalchemy import event
from sqlalchemy.orm import Session

from enclave.airlock.ingress import Ingress
from enclave.airlock.sweeping import sweep
from enclave.audit import log
from enclave.cli.main import enclave
from enclave.delivery.deliver import deliver
from enclave.errors import EnclaveError, InputError, PolicyRefusal
from enclave.projects import applications
from enclave.warehouse.warehouse import Warehouse
from tests.builders import cpr_hospital, installation, own_data
from tests.builders.cpr_hospital import CPR
from tests.builders.own_data import describe, state, uploaded
from tests.builders.projects import at, later


@pytest.fixture
def hospital(settings, database):
    cpr_hospital.set_up(settings, database)
    return database


@pytest.fixture
def described(settings, hospital):
    """An application whose description is approved."""
    return describe(settings, hospital)


def content(tmp_path, **changes):
    columns = {
        "cpr": [CPR[0], f"{CPR[1][:6]}-{CPR[1][6:]}", CPR[0], "0402709980"],
        "sample": ["S1", "S2", "S1", "S3"],
        "value": ["1.5", "2", "", "4"],
        "day": ["2012-01-02", "1958-03-04", "2012-01-03", "2012-01-04"],
        **changes,
    }
    return own_data.write(tmp_path / "own.csv", columns).read_bytes()


def everything_below(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_what_is_released_links_with_the_projects_other_tables(
    settings, hospital, described, tmp_path
):
    hand = uploaded(settings, hospital, described, content(tmp_path), pieces=7)
    assert hand.look_through(actor="mads", clock=at()) == []

    path = hand.load(actor="mads", clock=at())

    assert state(hospital, described) == "loaded"
    assert path.name == "cytokines_261122.parquet"
    own = pq.read_table(path)
    assert own.column_names == ["pseudonym", "sample", "value", "day"]
    assert [str(one) for one in own.schema.types] == [
        "string", "string", "double", "date32[day]",
    ]  # fmt: skip
    grant = installation.issued(settings, hospital)
    delivery = deliver(settings, hospital, grant.id, clock=at())
    women = set(
        pq.read_table(delivery.folder / "population.parquet")["pseudonym"].to_pylist()
    )
    persons = own["pseudonym"].to_pylist()
    assert len(set(persons)) == 3
    assert len(set(persons) & women) == 1  # one is a woman of the cohort
    assert len(set(own["sample"].to_pylist())) == 3
    assert "S1" not in own["sample"].to_pylist()
    assert persons == sorted(persons)


@pytest.mark.parametrize("step", ["complete", "look_through"])
def test_others_write_while_a_file_is_read(
    settings, hospital, described, tmp_path, step
):
    """The file is a pipe here, so that reading it lasts until we let it end."""
    raw = content(tmp_path)
    hand = Ingress(settings, hospital, described)
    hand.append(0, raw, actor="rikke")
    proof = hashlib.sha256(raw).hexdigest()
    steps = {
        "complete": partial(hand.complete, proof, actor="rikke", clock=at()),
        "look_through": partial(hand.look_through, actor="mads", clock=at()),
    }
    if step == "look_through":
        steps["complete"]()
    before = state(hospital, described)
    place = settings.ingress / str(described) / "upload"
    kept = place.rename(place.with_name("kept"))
    os.mkfifo(place)

    with ThreadPoolExecutor(1) as pool:
        going_on = pool.submit(steps[step])
        with place.open("wb") as pipe:  # opens when the other end is read
            kept.replace(place)
            assert state(hospital, described) == before
            pipe.write(raw)
        going_on.result()

    assert state(hospital, described) != before


def test_no_number_is_left_anywhere_once_it_is_released(
    settings, hospital, described, tmp_path
):
    raw = content(tmp_path)
    hand = uploaded(settings, hospital, described, raw)
    hand.look_through(actor="mads", clock=at())
    hand.load(actor="mads", clock=at())

    assert not list(settings.ingress.rglob("upload*"))
    left = everything_below(settings.ingress) + everything_below(settings.projects)
    for number in (CPR[0], CPR[1], "0402709980"):
        assert number.encode() not in left
    with hospital.begin() as session:
        log.verify(session)


def test_an_upload_that_was_broken_off_goes_on(settings, hospital, described, tmp_path):
    raw = content(tmp_path)
    Ingress(settings, hospital, described).append(0, raw[:50], actor="rikke")

    hand = Ingress(settings, hospital, described)
    assert hand.received == 50
    with pytest.raises(InputError, match="50 bytes have arrived"):
        hand.append(0, raw, actor="rikke")
    hand.append(50, raw[50:], actor="rikke")
    hand.complete(hashlib.sha256(raw).hexdigest(), actor="rikke", clock=at())

    assert state(hospital, described) == "uploaded"


def test_what_arrived_damaged_is_thrown_away(settings, hospital, described, tmp_path):
    hand = Ingress(settings, hospital, described)
    hand.append(0, content(tmp_path), actor="rikke")

    with pytest.raises(InputError, match="upload it again"):
        hand.complete("0" * 64, actor="rikke", clock=at())

    assert (hand.received, state(hospital, described)) == (0, "description_approved")


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"sample": ["010270-9981", "b", "c", "d"]}, "sample"),
        ({"sample": ["Mette Nielsen", "b", "c", "d"]}, "sample"),
        ({"cpr": ["9999999999", CPR[0], CPR[1], CPR[2]]}, "cpr"),
        ({"value": ["1,5", "2", "3", "4"]}, "value"),
        ({"more": ["1", "2", "3", "4"]}, "(columns)"),
    ],
)
def test_what_is_refused_is_listed_and_destroyed(
    settings, hospital, described, tmp_path, changes, column
):
    hand = uploaded(settings, hospital, described, content(tmp_path, **changes))

    findings = hand.look_through(actor="mads", clock=at())

    assert [one.column for one in findings] == [column]
    assert hand.findings()[0]["column"] == column
    assert hand.received == 0
    assert state(hospital, described) == "uploaded"
    with pytest.raises(EnclaveError):
        hand.load(actor="mads", clock=at())


@pytest.mark.parametrize("actor", ["rikke", "karen"])
def test_only_a_data_manager_looks_through_and_releases(
    settings, hospital, described, tmp_path, actor
):
    hand = uploaded(settings, hospital, described, content(tmp_path))

    with pytest.raises(EnclaveError, match=r"data manager|no application"):
        hand.look_through(actor=actor, clock=at())


def test_a_scan_counts_only_for_the_submission_it_was_made_for(
    settings, hospital, described, tmp_path
):
    raw = content(tmp_path)
    uploaded(settings, hospital, described, raw).look_through(actor="mads", clock=at())
    catalogue = Warehouse(settings).snapshot().catalogue
    with hospital.begin() as session:
        again = "Send the newer measurements."
        applications.act(session, described, "return", "mads", again, at())
        applications.submit(session, described, "rikke", catalogue, at())
        applications.act(session, described, "approve_description", "mads", clock=at())
    hand = Ingress(settings, hospital, described)
    hand.complete(hashlib.sha256(raw).hexdigest(), actor="rikke", clock=at())

    with (
        pytest.raises(PolicyRefusal, match="Nothing is on record yet of the scan"),
        hospital.begin() as session,
    ):
        applications.act(session, described, "quarantine", "mads", clock=at())

    assert hand.look_through(actor="mads", clock=at()) == []


def test_what_was_not_looked_through_is_not_released(
    settings, hospital, described, tmp_path
):
    hand = uploaded(settings, hospital, described, content(tmp_path))
    hand.look_through(actor="mads", clock=at())
    (raw,) = settings.ingress.rglob("*.csv")
    raw.write_bytes(content(tmp_path, sample=["010270-9981", "b", "c", "d"]))

    with pytest.raises(PolicyRefusal, match="not the file of the scan"):
        hand.load(actor="mads", clock=at())

    assert state(hospital, described) == "quarantined"


def test_a_release_that_is_refused_leaves_no_table(
    settings, hospital, described, tmp_path
):
    hand = uploaded(settings, hospital, described, content(tmp_path))
    hand.look_through(actor="mads", clock=at())

    with pytest.raises(PolicyRefusal):  # the project has ended
        hand.load(actor="mads", clock=later(days=5000))

    assert not list(settings.projects.rglob("cytokines*"))
    assert (state(hospital, described), hand.received > 0) == ("quarantined", True)


def test_a_release_that_is_not_recorded_leaves_no_table(
    settings, hospital, described, tmp_path
):
    hand = uploaded(settings, hospital, described, content(tmp_path))
    hand.look_through(actor="mads", clock=at())
    seen = []

    def fail(_session):
        seen.extend(settings.projects.rglob("cytokines*"))
        if seen:
            raise OSError("no space left")

    event.listen(Session, "before_commit", fail)
    try:
        with pytest.raises(OSError, match="no space left"):
            hand.load(actor="mads", clock=at())
    finally:
        event.remove(Session, "before_commit", fail)

    assert seen
    assert not list(settings.projects.rglob("cytokines*"))
    assert hand.load(actor="mads", clock=at()).exists()


def test_who_only_sees_an_upload_neither_adds_to_it_nor_destroys_it(
    settings, hospital, described, tmp_path
):
    raw = content(tmp_path)
    hand = Ingress(settings, hospital, described)
    hand.append(0, raw, actor="rikke")

    with pytest.raises(PolicyRefusal, match="nor leads its project"):
        hand.append(len(raw), b"more", actor="mads")
    with pytest.raises(PolicyRefusal, match="nor leads its project"):
        hand.complete("0" * 64, actor="mads", clock=at())

    assert hand.received == len(raw)


def test_nobody_uploads_before_the_description_is_approved(settings, hospital):
    with hospital.begin() as session:
        made = applications.create(
            session, "own_data", own_data.fields(), "rikke", at()
        )
        number = made.id

    with pytest.raises(EnclaveError, match="is draft"):
        Ingress(settings, hospital, number).append(0, b"x", actor="rikke")


@pytest.mark.parametrize(
    "ending",
    [
        ("reject", "mads", "uploaded"),
        ("withdraw", "rikke", "uploaded"),
        ("return", "mads", "quarantined"),
    ],
)
def test_raw_files_that_nobody_needs_are_destroyed_by_the_worker(
    settings, hospital, described, tmp_path, ending
):
    action, actor, state = ending
    hand = uploaded(settings, hospital, described, content(tmp_path))
    if state == "quarantined":
        assert hand.look_through(actor="mads", clock=at()) == []
    assert sweep(settings, hospital) == 0
    with hospital.begin() as session:
        applications.act(session, described, action, actor, "Not needed.", at())

    run = CliRunner().invoke(enclave, ["worker", "--once"], obj=settings)

    assert run.exit_code == 0, run.output
    assert "1 raw files" in run.output
    assert hand.received == 0
    assert sweep(settings, hospital) == 0


def test_no_upload_replaces_another_of_the_same_name_and_day(settings, store, tmp_path):
    settings.claim_home()
    cpr_hospital.set_up(settings, store)
    hands = []
    for value in (["1", "2", "3", "4"], ["5", "6", "7", "8"]):
        raw = content(tmp_path, value=value)
        hands.append(uploaded(settings, store, describe(settings, store), raw))
        assert hands[-1].look_through(actor="mads", clock=at()) == []

    def linger(session):
        known = session.identity_map.values()
        if any(getattr(one, "state", None) == "loaded" for one in known):
            time.sleep(0.5)

    event.listen(Session, "before_commit", linger)
    try:
        with ThreadPoolExecutor(2) as pool:
            load = partial(Ingress.load, actor="mads", clock=at())
            paths = sorted(pool.map(load, hands))
    finally:
        event.remove(Session, "before_commit", linger)

    assert [path.name for path in paths] == [
        "cytokines_261122.parquet",
        "cytokines_261122_2.parquet",
    ]
    read = [sorted(pq.read_table(path)["value"].to_pylist()) for path in paths]
    assert sorted(read) == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_the_commands_upload_and_refuse(settings, described, tmp_path):
    raw = content(tmp_path, sample=["010270-9981", "b", "c", "d"])
    (tmp_path / "sent.csv").write_bytes(raw)

    def run(*words):
        return CliRunner().invoke(enclave, ["own-data", *map(str, words)], obj=settings)

    sent = run("upload", described, tmp_path / "sent.csv", "--as", "rikke")
    looked = run("scan", described, "--as", "mads")

    assert sent.exit_code == 0, sent.output
    assert looked.exit_code == 3
    assert "sample: CPR number, 1 rows (row 1 …)" in looked.output
    assert "9981" not in looked.output
