"""Analyses on their way into the archive: how far each is, and why one was refused."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.archive.jobs import ARCHIVE
from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import NotFoundError, PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.states import JobState
from enclave.phrasebook import Phrasebook
from enclave.projects import people
from enclave.projects.people import Role
from enclave.store.job_tables import Job


_MOST = 20


@dataclass(frozen=True)
class Underway:
    """One analysis that was handed in.

    Attributes
    ----------
    job
        Its number while it is on its way.
    cell, cells
        How far it is; null where it does not run.
    refusal
        Why it was not archived: the cell and the class of the cause.
    analysis
        What it is archived as; null before.
    """

    job: int
    title: str
    account: str
    handed_in: datetime
    state: JobState
    cell: int | None
    cells: int | None
    refusal: str | None
    analysis: str | None

    @property
    def moves(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (JobState.QUEUED, JobState.RUNNING)


_DANISH = Phrasebook(__package__)
_WHY = re.compile(r"(?<=: ).*?\)(?=\. )")


def in_danish(refusal: str) -> str:
    """Return a refusal in Danish; as it is where that is not known."""
    said = _DANISH.translated(refusal)
    return _WHY.sub(lambda why: _DANISH.translated(why[0]), said, count=1)


def of_project(session: Session, slug: str) -> list[Underway]:
    """Return what a project handed in last, the newest first."""
    found = session.scalars(
        select(Job)
        .where(Job.kind == ARCHIVE, Job.payload["project"].as_string() == slug)
        .order_by(Job.id.desc())
        .limit(_MOST)
    )
    return [_underway(job) for job in found]


def cancel(
    session: Session,
    number: int,
    *,
    actor: str,
    project: str | None = None,
    clock: Clock = now,
) -> Job:
    """Have an analysis not archived: at once where it waits, soon where it runs.

    Raises
    ------
    NotFoundError
        If nothing of that number was handed in; or not by ``project``, where given.
    PolicyRefusal
        If the actor neither handed it in nor belongs to CORE.
    InputError
        If it has ended.
    """
    job = session.get(Job, number)
    if (
        job is None
        or job.kind != ARCHIVE
        or project not in {None, job.payload["project"]}
    ):
        raise NotFoundError(f"There is no analysis on its way as job {number}.")
    account = job.payload["account"]
    if actor != account and Role.CORE not in people.get(session, actor).roles:
        raise PolicyRefusal(
            f"{account} handed it in: only they and the CORE group cancel it."
        )
    queue.cancel(session, job, actor=actor)
    subject = f"project:{job.payload['project']}"
    event = log.Event(actor, "archive.cancel", subject, {"job": number})
    log.record(session, event, clock=clock)
    return job


def _underway(job: Job) -> Underway:
    runs = job.state == JobState.RUNNING
    return Underway(
        job=job.id,
        title=job.payload["title"],
        account=job.payload["account"],
        handed_in=job.created,
        state=JobState(job.state),
        cell=job.step if runs else None,
        cells=job.steps if runs else None,
        refusal=job.message if job.state == JobState.FAILED else None,
        analysis=(job.result or {}).get("analysis"),
    )
