"""Have an extract made by a worker, at the wish of one of the two who released it.

The portal reaches no CPR number. It tells the link and the pass phrase once, and leaves
both to the worker in a box that only the worker opens.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.delivery.cpr_extract import desk
from enclave.delivery.cpr_extract.desk import Secrets
from enclave.delivery.cpr_extract.handover import OF_APPLICATION
from enclave.delivery.cpr_extract.record import token_digest
from enclave.delivery.cpr_extract.worker_box import WorkerBox
from enclave.delivery.sealing import new_pass_phrase
from enclave.errors import PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.states import JobState
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.delivery_tables import CprExtract
from enclave.store.job_tables import Job


JOB = "cpr_extract"
_AT_HAND = frozenset({JobState.QUEUED, JobState.RUNNING})


@dataclass(frozen=True)
class Told:
    """What is told once: the link for the recipient, the pass phrase another way."""

    link: str
    pass_phrase: str | None


def enqueue(
    session: Session,
    settings: Settings,
    application: int,
    *,
    actor: str,
    clock: Clock = now,
) -> Told:
    """Leave an extract to a worker, in the session's own transaction.

    What can be refused now is refused now; the worker asks everything again.

    Raises
    ------
    NotFoundError, PolicyRefusal, IntegrityError
        As :func:`enclave.delivery.cpr_extract.desk.prepare`; also if a worker has it
        to make already, for only one of two links would ever open something.
    HostError
        If no worker has run yet.
    """
    permit = desk.check(session, application, actor, clock)
    _check_no_other(session, application)
    phrase = None if permit.recipient_key else new_pass_phrase()
    given = Secrets(secrets.token_urlsafe(32), phrase)
    box = WorkerBox(settings).put(json.dumps(asdict(given)).encode())
    payload = {"application": application, "actor": actor, "box": box}
    key = f"{JOB}:{application}:{token_digest(given.token)}"
    queue.enqueue(session, JOB, payload, key, clock=clock)
    return Told(f"{OF_APPLICATION}{application}.{given.token}", phrase)


def carry_out(
    settings: Settings,
    database: Database,
    payload: Mapping[str, Any],
    *,
    clock: Clock = now,
) -> dict[str, Any]:
    """Do the job that :func:`enqueue` asked for; once more, if a worker died on it."""
    application, actor = payload["application"], payload["actor"]
    given = Secrets(**json.loads(WorkerBox(settings).open(payload["box"])))
    with database.begin() as session:
        made = session.scalars(
            select(CprExtract.id).where(
                CprExtract.application_id == application,
                CprExtract.token_digest == token_digest(given.token),
            )
        ).one_or_none()
    if made is None:
        desk.prepare(
            settings, database, application, actor=actor, given=given, clock=clock
        )
    return {"application": application}


def _check_no_other(session: Session, application: int) -> None:
    # The check locked the application: of two at once, the second finds the first's.
    known = latest(session, application)
    if known is not None and known.state in _AT_HAND:
        raise PolicyRefusal(
            f"CPR extract {application} is being made already: the link and the pass"
            " phrase were told to who asked for it."
        )


def forget(database: Database) -> None:
    """Empty the boxes of jobs that have ended: nobody opens them any more."""
    with database.begin() as session:
        ended = select(Job).where(Job.kind == JOB, Job.state.not_in(_AT_HAND))
        for job in session.scalars(ended.with_for_update()):
            if job.payload["box"]:
                job.payload = {**job.payload, "box": ""}


def latest(session: Session, application: int) -> Job | None:
    """Return the latest job about an application, if there is one."""
    return session.scalars(
        select(Job)
        .where(Job.kind == JOB, Job.key.startswith(f"{JOB}:{application}:"))
        .order_by(Job.id.desc())
        .limit(1)
    ).one_or_none()
