"""Archiving and re-running, left to a worker."""

import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from enclave import durable
from enclave.archive import rerun_request
from enclave.archive.analysis.analysis import Analysis
from enclave.archive.analysis.plan import Plan
from enclave.archive.bundle import submit
from enclave.archive.rerun import complete
from enclave.archive.submission import Submission, resolve
from enclave.archive.work_folder import files_in
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.jobs import queue
from enclave.settings import Settings
from enclave.store.archive_tables import Rerun
from enclave.store.database import Database


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
    settings: Settings, database: Database, payload: Mapping[str, Any]
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
    return {"analysis": submit(settings, database, submission).id}


def enqueue_rerun(
    database: Database,
    analysis_id: str,
    *,
    actor: str,
    key: str | None = None,
    clock: Clock = now,
) -> int:
    """Leave a re-run to a worker; return the job's number.

    Without a key it is a request of its own, whatever was asked before.

    Raises
    ------
    PolicyRefusal, NotFoundError
        As :func:`~enclave.archive.rerun.rerun`.
    """
    with database.begin() as session:
        request = rerun_request.ask(
            session,
            analysis_id,
            actor=actor,
            key=key or secrets.token_hex(16),
            clock=clock,
        )
        payload = {"analysis": request.analysis_id, "number": request.number}
        return queue.enqueue(
            session, RERUN, payload, f"{RERUN}:{request.key}", clock=clock
        ).id


def carry_out_rerun(
    settings: Settings, database: Database, payload: Mapping[str, Any]
) -> dict[str, Any]:
    """Do the job that :func:`enqueue_rerun` asked for."""
    with database.begin() as session:
        asked = (payload["analysis"], payload["number"])
        request = session.get_one(Rerun, asked)
    certificate = complete(settings, database, request)
    return {"verdict": certificate.verdict.value, "cause": certificate.cause}
