"""Who orders the end of a project, and what is settled before."""

import json
import re

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from enclave.cli.main import enclave
from enclave.errors import (
    InputError,
    IntegrityError,
    NotFoundError,
    PolicyRefusal,
)
from enclave.jobs.worker import Worker
from enclave.projects import applications, records
from enclave.projects.machine import Kind
from enclave.projects.people import Role
from enclave.returns.close_out import destruction, ordering
from enclave.returns.close_out.destruction import carry_out
from enclave.returns.close_out.ordering import Order, order
from enclave.signature import Signer
from enclave.store.archive_tables import Rerun
from enclave.store.review_tables import ApplicationRecusal
from tests.builders import project_forms
from tests.builders.closing import (
    WHY,
    actions,
    destroy,
    is_destroyed,
    laid_down,
    read,
    settled,
    state,
)
from tests.builders.projects import NOW, at, cast, person, project, take
from tests.builders.projects import request as data_request


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


@pytest.mark.parametrize("stands", ["qa", "active"])
def test_who_stepped_aside_from_a_data_request_orders_nothing(settings, ready, stands):
    """Else the data would be gone before it shows that they may not revoke it."""
    with ready.begin() as session:
        request = applications.create(
            session, "data_request", {"project": "demo"}, "rikke", at()
        )
        request.project_number, request.state = 1, stands
        session.add(
            ApplicationRecusal(
                application_id=request.id, account="karen", reason="Kin.", at=NOW
            )
        )
    with pytest.raises(PolicyRefusal, match="stepped aside"):
        destroy(settings, ready)
    assert (settings.deliveries / "demo").exists()


@pytest.mark.parametrize("stands", ["qa", "active"])
def test_a_data_request_ends_with_its_data(settings, database, stands):
    cast(database)
    project(database)
    number = data_request(database, stands)
    laid_down(settings)
    settled(database)

    destroy(settings, database)

    with database.begin() as session:
        found = session.get_one(applications.Application, number)
        last = records.steps(session, found)[-1]
    assert (found.state, last.action, last.actor) == ("closed", "revoke", "karen")
