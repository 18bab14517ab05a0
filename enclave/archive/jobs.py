"""Archiving and re-running, left to a worker."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from enclave import durable
from enclave.archive import rerun_request, shelf
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.analysis.plan import Plan
from enclave.archive.bundle import submit
from enclave.archive.rerun import complete
from enclave.archive.rerun_request import Wish
from enclave.archive.sandbox_run import Watch
from enclave.archive.submission import Submission, resolve
from enclave.archive.todays_data import granted_today
from enclave.archive.warm_start import WarmStarts
from enclave.archive.work_folder import files_in
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.delivery import records
from enclave.errors import PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.course import Course
from enclave.jobs.states import Priority
from enclave.settings import Settings
from enclave.store.archive_tables import Rerun
from enclave.store.database import Database
from enclave.store.project_tables import Project


# What the jobs are called.
ARCHIVE = "archive"
RERUN = "rerun"


def enqueue_submission(
    settings: Settings,
    database: Database,
    submission: Submission,
    *,
    clock: Clock = now,
) -> int:
    """Leave a submission to a worker; return the job's number.

    What can be refused now is refused now. The analysis is kept as it is now: its
    author may go on writing.

    Raises
    ------
    PolicyRefusal, NotFoundError, IntegrityError
        As :func:`~enclave.archive.bundle.submit`.
    """
    files = submission.analysis.files
    contents = {name: hashlib.sha256(one).hexdigest() for name, one in files.items()}
    kept = settings.archive / "inbox" / digest(contents)
    payload = {
        "files": str(kept),
        "plan": submission.analysis.plan.model_dump(mode="json"),
        "project": submission.project,
        "account": submission.account,
        "title": submission.title,
    }
    with database.begin() as session:
        delivery = resolve(settings, session, submission, clock).delivery.digest
        for name, content in files.items():
            durable.write_file(kept / name, content, mode=0o600)
        key = f"{ARCHIVE}:{digest([payload, delivery])}"
        return queue.enqueue(session, ARCHIVE, payload, key, clock=clock).id


def carry_out_submission(
    settings: Settings, database: Database, payload: Mapping[str, Any], course: Course
) -> dict[str, Any]:
    """Do the job that :func:`enqueue_submission` asked for."""
    files = files_in(Path(payload["files"]))
    analysis = Analysis(
        {name: path.read_bytes() for name, path in files.items()},
        Plan.model_validate(payload["plan"]),
    )
    submission = Submission(
        analysis, payload["project"], payload["account"], payload["title"]
    )
    made = submit(
        settings, database, submission, watch=_telling(course), stop=course.must_stop
    )
    return {"analysis": made.id}


def enqueue_rerun(
    session: Session,
    settings: Settings,
    analysis_id: str,
    wish: Wish,
    *,
    priority: Priority = Priority.USUAL,
    clock: Clock = now,
) -> Rerun:
    """Leave a re-run to a worker, in the session's own transaction.

    Without a key it is a request of its own, whatever was asked before. A request whose
    job failed is taken up again.

    Raises
    ------
    PolicyRefusal, NotFoundError, InputError
        As :func:`~enclave.archive.rerun.rerun`, and if it was cancelled.
    """
    named = wish if wish.key else replace(wish, key=secrets.token_hex(16))
    request = rerun_request.ask(session, analysis_id, named, clock=clock)
    if request.cancelled is not None:
        raise PolicyRefusal(
            f"The {rerun_request.name(request)} was cancelled. Ask for a new one."
        )
    if request.data == "today":
        _check_grant(session, settings, request, clock)
    payload = {"analysis": request.analysis_id, "number": request.number}
    job = queue.enqueue(
        session,
        RERUN,
        payload,
        rerun_request.name(request),
        priority=priority,
        clock=clock,
    )
    request.job_id = job.id
    return request


def carry_out_rerun(
    settings: Settings,
    database: Database,
    payload: Mapping[str, Any],
    course: Course,
    warm: WarmStarts | None = None,
) -> dict[str, Any]:
    """Do the job that :func:`enqueue_rerun` asked for."""
    with database.begin() as session:
        request = rerun_request.get(session, payload["analysis"], payload["number"])
    certificate = complete(
        settings,
        database,
        request,
        watch=_telling(course),
        stop=course.must_stop,
        warm=warm,
    )
    return {"verdict": certificate.verdict.value, "cause": certificate.cause}


def _telling(course: Course) -> Watch:
    return lambda step: course.tell(step.cell, step.of)


def _check_grant(
    session: Session, settings: Settings, request: Rerun, clock: Clock
) -> None:
    analysis = shelf.get(session, request.analysis_id)
    project = session.get_one(Project, analysis.project_number)
    delivered = records.version_of(session, project.slug, analysis.delivery_version)
    granted_today(session, settings, delivered.grant_id, clock)
