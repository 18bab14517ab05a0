"""Own data in other formats than CSV, and files that no conversion can read."""

import hashlib
import io
from datetime import date
from functools import partial

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from enclave.airlock import ingress_jobs
from enclave.airlock.ingress import PLAIN, RAW, Ingress
from enclave.airlock.sweeping import sweep
from enclave.errors import InputError, PolicyRefusal
from enclave.jobs.course import Course
from enclave.jobs.worker import Worker
from enclave.lock import exclusive
from enclave.portal.danish import in_danish
from enclave.projects import applications
from enclave.sandbox.running import StoppedError
from enclave.store.review_tables import ApplicationEvidence
from tests.builders import cpr_hospital
from tests.builders.cpr_hospital import CPR
from tests.builders.own_data import describe, state, uploaded
from tests.builders.projects import at
from tests.builders.uploads import WRITERS


pytestmark = pytest.mark.sandbox


@pytest.fixture
def described(settings, database):
    cpr_hospital.set_up(settings, database)
    return describe(settings, database)


def in_format(kind, tmp_path, **changes):
    columns = {
        "cpr": [CPR[0], CPR[1], CPR[0]],
        "sample": ["0071", "0072", "0073"],
        "value": [1.5, None, -2.0],
        "day": [date(1931, 5, 9), None, date(2012, 1, 3)],
        **changes,
    }
    WRITERS[kind](columns, tmp_path / "sent")
    return (tmp_path / "sent").read_bytes()


def test_a_file_of_stata_is_released_as_a_csv_would_be(
    settings, database, described, tmp_path
):
    raw = in_format("dta", tmp_path)
    hand = uploaded(settings, database, described, raw)

    assert hand.look_through(actor="mads", clock=at()) == []
    path = hand.load(actor="mads", clock=at())

    own = pq.read_table(path)
    assert sorted(own["value"].to_pylist(), key=str) == [-2.0, 1.5, None]
    assert date(1931, 5, 9) in own["day"].to_pylist()
    assert len(set(own["pseudonym"].to_pylist())) == 2
    assert not {RAW, PLAIN} & {one.name for one in hand._folder.iterdir()}
    with database.begin() as session:
        scans = select(ApplicationEvidence.document).where(
            ApplicationEvidence.name == "scan"
        )
        assert '"format":"dta"' in session.scalars(scans).one()


def test_why_values_are_missing_comes_along(settings, database, described, tmp_path):
    value = pa.array([1.5, None, None])
    plain = {"cpr": CPR[:3], "sample": ["a", "b", "c"], "value": value}
    days = pa.array([date(2012, 1, 2)] * 3)
    table = pa.table({**plain, "day": days, "value.missing": [None, "a", "z"]})
    pq.write_table(table, tmp_path / "sent")
    raw = (tmp_path / "sent").read_bytes()
    hand = uploaded(settings, database, described, raw)

    (shown,) = hand.look_through(actor="mads", clock=at())
    own = pq.read_table(hand.load(actor="mads", clock=at()))

    assert (shown.column, shown.blocks) == ("value.missing", False)
    pairs = zip(own["value"].to_pylist(), own["value.missing"].to_pylist(), strict=True)
    assert set(pairs) == {(1.5, None), (None, "a"), (None, "z")}


def test_a_file_that_cannot_be_read_is_refused_and_destroyed(
    settings, database, described
):
    book, raw = openpyxl.Workbook(), io.BytesIO()
    for row in (["cpr", "sample", "value", "day"], [CPR[0], "a", "=1+1", None]):
        book.active.append(row)
    book.save(raw)
    hand = uploaded(settings, database, described, raw.getvalue())
    carry_out = partial(ingress_jobs.carry_out, settings, database, clock=at())
    with database.begin() as session:
        ingress_jobs.enqueue(session, described, "scan", actor="mads", clock=at())

    done = Worker(database, {ingress_jobs.JOB: carry_out}, clock=at()).run_one()

    assert done is not None
    assert done.state == "done"
    (found,) = hand.findings()
    assert (found["column"], found["blocks"]) == ("(file)", True)
    assert "paste the cells as values" in found["rule"]
    assert (hand.received, state(database, described)) == (0, "uploaded")
    assert {one.name for one in hand._folder.iterdir()} == {".lock", "findings.json"}


def test_what_a_killed_worker_left_is_done_again_and_leaves_nothing(
    settings, database, described, tmp_path
):
    hand = uploaded(settings, database, described, in_format("csv", tmp_path))
    folder = hand._folder
    (folder / ".partial-killed").write_text(CPR[0])
    (folder / PLAIN).write_text(f'"cpr"\n"{CPR[0]}"\n')

    assert hand.look_through(actor="mads", clock=at()) == []

    there = {one.name for one in folder.iterdir()}
    assert there == {".lock", "findings.json", RAW, PLAIN}


def test_what_is_left_of_a_rejected_upload_is_destroyed(
    settings, database, described, tmp_path
):
    hand = uploaded(settings, database, described, in_format("csv", tmp_path))
    folder = hand._folder
    for name in (PLAIN, ".partial-killed"):
        (folder / name).write_text(CPR[0])
    assert sweep(settings, database) == 0
    with database.begin() as session:
        applications.act(session, described, "reject", "mads", "Not needed.", at())
    (folder / RAW).unlink()

    assert sweep(settings, database) == 1

    assert [one.name for one in folder.iterdir()] == [".lock"]
    assert sweep(settings, database) == 0


def test_a_draft_is_swept_though_it_is_all_that_is_left(
    settings, database, described, tmp_path
):
    hand = uploaded(settings, database, described, in_format("csv", tmp_path))
    with database.begin() as session:
        applications.act(session, described, "reject", "mads", "Not needed.", at())
    (hand._folder / RAW).unlink()
    (hand._folder / ".partial-killed").write_text(CPR[0])
    with exclusive(hand._folder / ".lock"):
        assert sweep(settings, database) == 0  # and it waited for nobody

    assert sweep(settings, database) == 1
    assert [one.name for one in hand._folder.iterdir()] == [".lock"]


def test_nobody_waits_while_a_file_is_looked_through(settings, database, described):
    hand = Ingress(settings, database, described)
    hand.append(0, b"a", actor="rikke")
    busy = partial(exclusive, hand._folder / ".lock")
    with busy(), pytest.raises(PolicyRefusal, match="is being taken in, or") as told:
        hand.append(1, b"b", actor="rikke")
    assert "vent et øjeblik" in in_danish(str(told.value))
    with busy(), pytest.raises(PolicyRefusal, match="is being taken in, or it is"):
        hand.complete("0" * 64, actor="rikke", clock=at())
    assert hand.received == 1

    hand.append(1, b"b", actor="rikke")
    proof = hashlib.sha256(b"ab").hexdigest()
    hand.complete(proof, actor="rikke", clock=at())
    with busy(), pytest.raises(PolicyRefusal, match="is uploaded"):
        hand.append(2, b"c", actor="rikke")


def test_looking_through_can_be_cancelled(settings, database, described, tmp_path):
    hand = uploaded(settings, database, described, in_format("csv", tmp_path))
    before = hand.received
    course = Course()
    course.stop()
    payload = {"application": described, "step": "scan", "actor": "mads"}

    with pytest.raises(StoppedError):
        ingress_jobs.carry_out(settings, database, payload, course, clock=at())

    assert (hand.received, state(database, described)) == (before, "uploaded")
    assert {one.name for one in hand._folder.iterdir()} == {".lock", RAW}


def test_another_upload_sees_nothing_of_the_one_before(
    settings, database, described, tmp_path
):
    raw = in_format("csv", tmp_path)
    hand = Ingress(settings, database, described)
    hand.append(0, raw[:20], actor="rikke")
    (hand._folder / PLAIN).write_text(CPR[0])
    with pytest.raises(InputError, match="not the file whose hash"):
        hand.complete("0" * 64, actor="rikke", clock=at())
    assert not (hand._folder / PLAIN).exists()
    (hand._folder / PLAIN).write_text(CPR[0])
    uploaded(settings, database, described, raw)

    assert not (hand._folder / PLAIN).exists()
