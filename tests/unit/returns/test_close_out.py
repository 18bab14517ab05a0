"""The end of a project: what is said before, what goes, and what proves it."""

import json
import os
import re
import shutil
import signal
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import text

from enclave import signature
from enclave.archive import shared_comparison
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.frozen_delivery import (
    DataUnavailableError,
    frozen_data,
    record_of,
)
from enclave.archive.side_by_side import SideBySide
from enclave.archive.timestamp import stamp_of
from enclave.audit import log
from enclave.cli.main import enclave
from enclave.clock import now
from enclave.delivery.deliver import deliver
from enclave.errors import (
    EnclaveError,
    InputError,
    IntegrityError,
    NotFoundError,
    PolicyRefusal,
)
from enclave.identity.pseudonyms import Pseudonyms
from enclave.jobs.worker import Worker
from enclave.projects import applications, lifecycle
from enclave.projects.machine import Kind
from enclave.projects.people import Role
from enclave.returns.close_out import destruction, left_key, ordering, wording
from enclave.returns.close_out.destruction import carry_out
from enclave.returns.close_out.ordering import Order, order
from enclave.returns.close_out.plan import plan_of
from enclave.signature import Signer
from enclave.store.archive_tables import ArchivedAnalysis, Rerun
from enclave.store.database import Database
from enclave.store.project_tables import Application
from enclave.store.review_tables import ApplicationRecusal
from tests.builders import installation, project_forms
from tests.builders.projects import NOW, at, cast, person, project, take


WHY = "The study is published, and all is returned."


def settled(database, slug="demo", **changes) -> None:
    """Have the close-out of a project handed in and archived."""
    with database.begin() as session:
        number = project_forms.draft(session, Kind.CLOSE_OUT, slug, **changes)
        for action, who in (
            ("submit", "rikke"),
            ("start_return_check", "mads"),
            ("archive", "mads"),
        ):
            take(session, number, action, who)


def laid_down(settings, slug="demo", files=3) -> list[Path]:
    """Put files where those of a project lie, some with traps."""
    folders = [
        settings.deliveries / slug / "0001",
        settings.projects / slug / "shared" / "work" / "locked",
        settings.projects / slug / "homes" / "rikke",
    ]
    for folder in folders:
        folder.mkdir(parents=True)
        for number in range(files):
            (folder / f"{number}.csv").write_text("P1,3.5\n" * 50)
    return folders


@pytest.fixture
def ready(settings, database):
    """A project with a key and files, its close-out archived."""
    cast(database)
    project(database)
    Pseudonyms.for_project(settings, 1)
    laid_down(settings)
    settled(database)
    return database


def read(database, slug="demo"):
    with database.begin() as session:
        return plan_of(session, slug, NOW)


def destroy(settings, database, actor="karen", clock=None, **changes):
    fields = {
        "project": "demo",
        "plan_digest": read(database).digest,
        "reason": WHY,
        "accepted": {},
        **changes,
    }
    with database.begin() as session:
        order(session, Order(**fields), actor=actor, clock=at())
    return carry_out(settings, database, "demo", actor=actor, clock=clock or at())


def state(database) -> str:
    with database.begin() as session:
        return lifecycle.get(session, "demo").state


def actions(database) -> list[str]:
    with database.begin() as session:
        log.verify(session)
        found = session.execute(text("SELECT action FROM audit_entry"))
        return [one for (one,) in found]


def is_destroyed(settings, database) -> None:
    assert not (settings.deliveries / "demo").exists()
    assert not (settings.projects / "demo").exists()
    with pytest.raises(PolicyRefusal, match="was destroyed"):
        Pseudonyms.for_project(settings, 1)
    assert state(database) == "closed"
    assert list(settings.closed.glob("*.inventory.json")) == []
    assert actions(database).count("close_out.destroy") == 1


def test_no_comparison_comes_back_by_a_rerun_that_is_taken_up_again(settings, ready):
    folder = shared_comparison.folder_of_project(settings, "demo")
    seen = SideBySide(
        name="PAC2026Holm/1", title="CRP", verdict=Verdict.DIFFERS, data="frozen"
    )
    share = partial(shared_comparison.share, settings, ready, "demo", "G2026-1", seen)
    share()
    assert len([*folder.rglob("*.json")]) == 1

    destroy(settings, ready)
    share()

    assert not folder.exists()


def test_data_and_key_go_and_a_signed_record_stays(settings, ready):
    killed = settings.archive / "reruns" / "PAC2026Holm" / "0001" / ".partial-x"
    (killed / "data").mkdir(parents=True)

    record = destroy(settings, ready)

    assert not killed.exists()
    is_destroyed(settings, ready)
    content = signature.verify(record, trusted_key=Signer.load(settings).public_key)
    assert content["destroyed"] == {
        "deliveries/demo": {"files": 3, "bytes": 3 * 350},
        "projects/demo": {"files": 6, "bytes": 6 * 350},
    }
    assert (content["checked_by"], content["ordered_by"]) == ("mads", "karen")
    assert content["key_destruction"]["key"] == "project-1-epoch-1"
    assert abs((stamp_of(record) - now()).total_seconds()) < 3600
    later = {**record["signature"], "timestamp": "AAAA"}
    with pytest.raises(IntegrityError, match="time stamp"):
        stamp_of({**record, "signature": later})
    assert destruction.record_of(ready, "demo") == record
    assert carry_out(settings, ready, "demo", actor="karen") == record


def test_a_real_delivery_cannot_be_made_again(settings, database, tmp_path):
    installation.set_up(settings, database)
    grant = installation.issued(settings, database)
    delivery = deliver(settings, database, grant.id, clock=at())
    remembered = record_of(delivery.manifest)
    shutil.rmtree(delivery.folder)
    with frozen_data(settings, database, "demo", remembered, tmp_path) as data:
        assert data.origin == "re-created"
    settled(database)

    plan = read(database)
    assert [one["manifest_sha256"] for one in plan.deliveries] == [
        delivery.manifest.digest
    ]
    destroy(settings, database)

    with (
        pytest.raises(DataUnavailableError, match="was destroyed"),
        frozen_data(settings, database, "demo", remembered, tmp_path),
    ):
        pass
    with database.begin() as session:
        assert session.get_one(Application, grant.request).state == "closed"


def test_no_link_is_followed_and_no_mode_stops_it(settings, ready, tmp_path):
    outside = tmp_path / "somebody-else"
    outside.mkdir()
    (outside / "file").write_text("kept")
    work = settings.projects / "demo" / "shared" / "work"
    (work / "folder").symlink_to(outside)
    (work / "link").symlink_to(outside / "file")
    (work / "same").hardlink_to(outside / "file")
    os.mkfifo(work / "pipe")
    (work / "locked").chmod(0)

    destroy(settings, ready)

    is_destroyed(settings, ready)
    assert (outside / "file").read_text() == "kept"


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("mads", "Only the CORE group"),
        ("rikke", "Only the CORE group"),
        ("both", "two people see to it"),
        ("aside", "Nobody decides on their own project"),
    ],
)
def test_it_takes_another_person_of_core(settings, database, actor, words):
    cast(database)
    with database.begin() as session:
        person(session, "both", Role.CORE, Role.DATA_MANAGER)
        person(session, "aside", Role.CORE)
    project(database)
    laid_down(settings)
    with database.begin() as session:
        number = project_forms.draft(session, Kind.CLOSE_OUT)
        take(session, number, "submit", "rikke")
        take(session, number, "start_return_check", "mads")
        take(session, number, "archive", "both")
        session.execute(
            text("INSERT INTO membership VALUES (1, 'aside', 'member', :day, :day)"),
            {"day": NOW.date().isoformat()},
        )

    with pytest.raises(PolicyRefusal, match=words):
        destroy(settings, database, actor)
    assert (settings.deliveries / "demo").exists()
    with pytest.raises(PolicyRefusal, match="Nobody has ordered"):
        carry_out(settings, database, "demo", actor="karen")


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"plan_digest": "0" * 64}, PolicyRefusal, "not as it was in the plan"),
        ({"reason": "done"}, InputError, "in a sentence"),
        ({"reason": f"{WHY} 010190-1234"}, InputError, "CPR"),
        ({"accepted": {"x": "See 010190-1234"}}, InputError, "CPR"),
        ({"accepted": {"010190-1234": "No open point."}}, InputError, "no open point"),
    ],
)
def test_an_order_that_is_not_complete_destroys_nothing(
    settings, ready, changes, error, words
):
    with pytest.raises(error, match=words):
        destroy(settings, ready, **changes)
    assert state(ready) == "closing"
    assert "close_out.order" not in actions(ready)


def test_nothing_is_destroyed_without_a_checked_close_out(settings, database):
    cast(database)
    project(database)
    with pytest.raises(PolicyRefusal, match="no close-out"):
        destroy(settings, database)
    with database.begin() as session:
        number = project_forms.draft(session, Kind.CLOSE_OUT)
        take(session, number, "submit", "rikke")
    with pytest.raises(PolicyRefusal, match=r"this is open: close_out"):
        destroy(settings, database)


def test_what_others_wait_for_is_settled_first(settings, ready):
    with ready.begin() as session:
        number = project_forms.draft(session, Kind.OUTPUT_REQUEST)
        take(session, number, "submit", "rikke")
    with pytest.raises(PolicyRefusal, match=f"application:{number}"):
        destroy(settings, ready, accepted={f"application:{number}": "never mind"})
    with ready.begin() as session:
        take(session, number, "return", "mads")
    destroy(settings, ready)


def test_an_analysis_is_executed_again_first_or_accepted_as_it_is(settings, ready):
    with ready.begin() as session:
        project_forms.archive(session, "demo")
        session.flush()
        name = session.scalars(text("SELECT id FROM archived_analysis")).one()
    point = f"analysis:{name}"
    with pytest.raises(PolicyRefusal, match=point):
        destroy(settings, ready)
    for verdict, done in (("differs", False), ("numerically equal", True)):
        with ready.begin() as session:
            number = len(session.scalars(text("SELECT number FROM rerun")).all()) + 1
            session.add(
                Rerun(
                    analysis_id=name,
                    number=number,
                    requested_by="rikke",
                    requested=NOW,
                    verdict=verdict,
                    completed=NOW,
                )
            )
        found = next(one for one in read(ready).items if one.name == point)
        assert found.done is done
    with ready.begin() as session:
        session.add(
            Rerun(analysis_id=name, number=3, requested_by="rikke", requested=NOW)
        )
    with pytest.raises(PolicyRefusal, match=f"rerun:{name}/3"):
        destroy(settings, ready)
    with ready.begin() as session:
        row = session.get_one(Rerun, (name, 3))
        row.cancelled = NOW
        # On today's data it may differ: that says nothing of the archived ones.
        today = {"data": "today", "verdict": "differs", "completed": NOW}
        asked = {"requested_by": "rikke", "requested": NOW}
        session.add(Rerun(analysis_id=name, number=4, **asked, **today))
    assert [one.name for one in read(ready).open_items] == []
    with ready.begin() as session:
        last = {"verdict": "differs", "completed": NOW}
        session.add(Rerun(analysis_id=name, number=5, **asked, **last))
    record = destroy(settings, ready, accepted={point: "It draws without a seed."})
    assert record["accepted"] == {point: "It draws without a seed."}
    assert record["plan"]["analyses"][0]["verdict"] == "differs"


def test_the_plan_says_what_ends_in_both_languages(ready):
    with ready.begin() as session:
        project_forms.archive(session, "demo")
    plan = read(ready)
    for language, lost in (("en", "Cannot be executed"), ("da", "Kan ikke køres igen")):
        lines = wording.afterwards(plan.analyses[0], language)
        assert lines[0].startswith(lost)
        assert all(wording.sentence(one, language) for one in plan.items)
        assert len(wording.goes(plan, language)) == 3
        assert len(wording.stays(language)) == 4


class BrokenOffError(Exception):
    """What a clock says that stands for a kill."""


@pytest.mark.parametrize("reading", range(6))
def test_broken_off_anywhere_it_goes_on(settings, ready, reading):
    readings = []

    def clock():
        readings.append(1)
        if len(readings) == reading + 1:
            raise BrokenOffError
        return NOW

    with pytest.raises(BrokenOffError):
        destroy(settings, ready, clock=clock)
    assert "close_out.destroy" not in actions(ready)
    assert state(ready) == "closing"
    with pytest.raises(EnclaveError, match="no record"):
        destruction.record_of(ready, "demo")

    record = carry_out(settings, ready, "demo", actor="karen", clock=at())
    is_destroyed(settings, ready)
    assert record["destroyed"]["deliveries/demo"]["files"] == 3


def test_killed_at_random_moments_it_goes_on(settings, ready):
    for number in range(150):
        (settings.projects / "demo" / "homes" / "rikke" / f"n{number}").write_text("x")
    plan = read(ready).digest
    ready.dispose()  # no connection is shared with a child
    for moment in np.random.default_rng(5).uniform(0.01, 0.3, 6):
        _kill_destruction(settings, plan, after=moment)
    destroy(settings, ready, plan_digest=plan)
    is_destroyed(settings, ready)
    files = destruction.record_of(ready, "demo")["destroyed"]["projects/demo"]["files"]
    assert files == 6 + 150


def _kill_destruction(settings, plan, *, after):
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            destroy(settings, Database(settings.database_url), plan_digest=plan)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_a_worker_does_what_was_ordered(settings, ready):
    wanted = Order("demo", read(ready).digest, WHY, {})
    with ready.begin() as session:
        order(session, wanted, actor="karen", clock=at())
        ordering.enqueue(session, "demo", actor="karen", clock=at())

    def handler(payload, _course):
        return destruction.carry_out_job(settings, ready, payload)

    worker = Worker(ready, {ordering.JOB: handler})
    assert worker.run_one().state == "done"
    is_destroyed(settings, ready)


def test_the_button_alone_closes_no_project(ready):
    number = read(ready).application
    with (
        pytest.raises(PolicyRefusal, match="destruction"),
        ready.begin() as session,
    ):
        applications.act(session, number, "close", "karen", clock=at())


def test_a_key_left_behind_is_destroyed_once_its_project_is_closed(settings, ready):
    def end(actor="karen", reason=WHY):
        return left_key.destroy(
            settings, ready, "demo", actor=actor, reason=reason, clock=at()
        )

    with pytest.raises(PolicyRefusal, match="is closing"):
        end()
    with ready.begin() as session:
        session.execute(text("UPDATE project SET state = 'closed'"))
    with pytest.raises(PolicyRefusal, match="CORE"):
        end("mads")
    with pytest.raises(InputError, match="sentence"):
        end(reason="old")
    with ready.begin() as session:
        person(session, "once", Role.CORE)
        session.execute(
            text(
                "INSERT INTO membership"
                " VALUES (1, 'once', 'member', '2020-01-01', '2020-12-31')"
            )
        )
    with pytest.raises(PolicyRefusal, match="their own project"):
        end("once")
    assert end()["key"] == "project-1-epoch-1"
    with pytest.raises(PolicyRefusal, match="was destroyed"):
        Pseudonyms.for_project(settings, 1)


def test_the_command_line_ends_a_project(settings, ready, tmp_path):
    ready.dispose()

    def run(*words):
        return CliRunner().invoke(enclave, ["close-out", *words], obj=settings)

    said = run("plan", "demo", "--language", "da")
    assert said.exit_code == 0, said.output
    assert "projektets nøgle" in said.output
    plan = said.output.split()[-1]
    rest = ("--reason", WHY, "--as", "karen")
    refused = run("destroy", "demo", "--plan", "0" * 64, *rest)
    assert (refused.exit_code, refused.stdout) == (PolicyRefusal.exit_code, "")
    assert run("record", "demo").exit_code == NotFoundError.exit_code
    assert run("destroy", "demo", "--plan", plan, "--accept", "x", *rest).exit_code

    done = run("destroy", "demo", "--plan", plan, *rest)
    assert done.exit_code == 0, done.output
    assert "9 files and the key of demo are destroyed" in done.output
    file = tmp_path / "record.json"
    file.write_text(run("record", "demo").output)
    verified = run("verify", str(file)).output
    assert "demo were destroyed on" in verified
    assert re.search(r"Stamped \d{4}-\d\d-\d\d .* UTC", verified)
    changed = {**json.loads(file.read_text()), "reason": "Another reason altogether."}
    file.write_text(json.dumps(changed))
    assert run("verify", str(file)).exit_code == IntegrityError.exit_code
    file.write_text(json.dumps(Signer.load(settings).sign({"document": "x"})))
    assert "no record of a destruction" in run("verify", str(file)).stderr


def test_what_is_archived_stays(settings, ready):
    folder = settings.archive / "PAC2026Lund_demo"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    destroy(settings, ready)
    assert (folder / "manifest.json").read_text() == "{}"
    with ready.begin() as session:
        assert session.query(ArchivedAnalysis).count() == 0


def test_who_stepped_aside_from_a_data_request_orders_nothing(settings, ready):
    """Else the data would be gone before it shows that they may not revoke it."""
    with ready.begin() as session:
        request = applications.create(
            session, "data_request", {"project": "demo"}, "rikke", at()
        )
        request.project_number, request.state = 1, "active"
        session.add(
            ApplicationRecusal(
                application_id=request.id, account="karen", reason="Kin.", at=NOW
            )
        )
    with pytest.raises(PolicyRefusal, match="stepped aside"):
        destroy(settings, ready)
    assert (settings.deliveries / "demo").exists()


def test_a_project_is_not_opened_again_while_its_data_go(ready):
    with ready.begin() as session:
        plan = plan_of(session, "demo", NOW)
        order(session, Order("demo", plan.digest, WHY, {}), actor="karen", clock=at())
        amendment = project_forms.draft(session, Kind.AMENDMENT)
    with (
        pytest.raises(PolicyRefusal, match="being destroyed"),
        ready.begin() as session,
    ):
        take(session, amendment, "submit", "rikke")
