"""The queue of jobs: the database is the truth, and a lease says who works on what.

A worker that dies leaves a lease behind that runs out; the next worker then takes the
job over. So a job may be *started* more than once, and its handler must be idempotent;
but only the worker that holds the lease can end it, and it ends once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.exc import IntegrityError as DuplicateKey
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError
from enclave.jobs.states import JobState, Priority
from enclave.store.job_tables import Job


LEASE = timedelta(seconds=60)
# A job that took this many workers down, or met this many faults, is given up.
MOST_ATTEMPTS = 5
FIRST_PAUSE = timedelta(seconds=10)


class LeaseLostError(Exception):
    """The job belongs to another worker by now: what this one did is not recorded."""


@dataclass(frozen=True)
class Claim:
    """A job in the hands of one worker; ``attempt`` tells its tries apart."""

    job: int
    kind: str
    payload: Mapping[str, Any]
    worker: str
    attempt: int


def enqueue(
    session: Session,
    kind: str,
    payload: Mapping[str, Any],
    key: str | None = None,
    *,
    priority: Priority = Priority.USUAL,
    clock: Clock = now,
) -> Job:
    """Ask for work, in the session's own transaction.

    Parameters
    ----------
    key
        What the work is called, if it must not be done twice. A job of that key is
        returned as it is; one that failed or was cancelled is queued anew.

    Raises
    ------
    InputError
        If that job was cancelled and has not stopped yet.
    """
    known = session.scalars(_named(key)).one_or_none()
    if known is None:
        job = Job(
            kind=kind,
            payload=dict(payload),
            key=key,
            state=JobState.QUEUED,
            priority=priority,
            created=clock(),
            not_before=clock(),
        )
        try:
            with session.begin_nested():
                session.add(job)
        except DuplicateKey:  # somebody else asked for it at the same moment
            known = session.scalars(_named(key)).one()
        else:
            return job
    if _is_undone(known):
        known.state, known.attempts, known.not_before = JobState.QUEUED, 0, clock()
        known.error_class = known.message = known.cancelled_by = None
        known.step = known.steps = None
        known.priority = priority
    return known


def find(session: Session, job: int) -> Job:
    """Return a job.

    Raises
    ------
    NotFoundError
        If there is none of that number.
    """
    found = session.get(Job, job)
    if found is None:
        raise NotFoundError(f"There is no job {job}.")
    return found


def named(session: Session, keys: Collection[str]) -> Job | None:
    """Return the latest job that is called by one of these keys, if there is one."""
    return session.scalars(
        select(Job).where(Job.key.in_(keys)).order_by(Job.id.desc()).limit(1)
    ).one_or_none()


def claim(
    session: Session,
    worker: str,
    kinds: Collection[str],
    *,
    clock: Clock = now,
    lease: timedelta = LEASE,
) -> Claim | None:
    """Take the next job that waits, or whose worker is gone; none if there is none.

    A job that was tried too often is given up on the way, and one that was cancelled
    while its worker died is ended.
    """
    while job := session.scalars(_ready(kinds, clock())).first():
        if job.cancelled_by is not None:
            _end(job, JobState.CANCELLED)
            session.flush()
            continue
        if job.attempts < MOST_ATTEMPTS:
            job.state, job.worker = JobState.RUNNING, worker
            job.attempts += 1
            job.lease_until = clock() + lease
            session.flush()
            return Claim(job.id, job.kind, job.payload, worker, job.attempts)
        _end(job, JobState.FAILED)
        job.error_class = "WorkerLost"
        job.message = (
            f"The job took {job.attempts} workers down with it and was given up. Look"
            " into the machine's memory and disk, then ask for it again."
        )
        session.flush()
    return None


def waiting(
    session: Session, kinds: Collection[str], *, clock: Clock = now, most: int = 1000
) -> int:
    """Return how many jobs could be taken now, counting to ``most``."""
    ready = select(Job.id).where(_is_ready(kinds, clock())).limit(most)
    return len(session.scalars(ready).all())


def extend(
    session: Session,
    held: Claim,
    *,
    progress: tuple[int, int] | None = None,
    clock: Clock = now,
    lease: timedelta = LEASE,
) -> bool:
    """Say that the worker still lives; return whether it is to stop.

    Parameters
    ----------
    progress
        The step that the work has come to, and of how many; None if it does not say.

    Raises
    ------
    LeaseLostError
        If the job went to another worker meanwhile.
    """
    job = _job_of(session, held)
    job.lease_until = clock() + lease
    if progress is not None:
        job.step, job.steps = progress
    return job.cancelled_by is not None


def cancel(session: Session, job: Job, *, actor: str) -> JobState:
    """Have a job not done: at once where it waits, soon where it runs.

    Returns
    -------
    JobState
        ``cancelled``, or ``running`` until its worker has stopped.

    Raises
    ------
    InputError
        If it has ended.
    """
    session.refresh(job, with_for_update=True)
    if job.state not in {JobState.QUEUED, JobState.RUNNING}:
        raise InputError(
            f"Job {job.id} is {job.state}: there is nothing left to cancel."
        )
    job.cancelled_by = actor
    if job.state == JobState.QUEUED:
        _end(job, JobState.CANCELLED)
    return JobState(job.state)


def stopped(session: Session, held: Claim) -> None:
    """Record that the worker stopped, as it was told to.

    Raises
    ------
    LeaseLostError
        If the job went to another worker meanwhile.
    """
    _end(_job_of(session, held), JobState.CANCELLED)


def finish(session: Session, held: Claim, result: Mapping[str, Any]) -> None:
    """Record that the work is done.

    Raises
    ------
    LeaseLostError
        If the job went to another worker meanwhile.
    """
    job = _job_of(session, held)
    _end(job, JobState.DONE)
    job.result = dict(result)


def fail(
    session: Session,
    held: Claim,
    *,
    error_class: str,
    message: str,
    retry: bool,
    clock: Clock = now,
) -> JobState:
    """Record a failure; queue the job again if the fault may pass.

    Each pause is twice the one before, until the attempts are used up.

    Raises
    ------
    LeaseLostError
        If the job went to another worker meanwhile.
    """
    job = _job_of(session, held)
    again = retry and job.attempts < MOST_ATTEMPTS
    _end(job, JobState.QUEUED if again else JobState.FAILED)
    job.not_before = clock() + FIRST_PAUSE * 2 ** (job.attempts - 1)
    job.error_class, job.message = error_class, message
    return JobState(job.state)


def _named(key: str | None) -> Select[Job]:
    return select(Job).where(Job.key.is_not(None), Job.key == key).with_for_update()


def _is_undone(job: Job) -> bool:
    if job.cancelled_by is not None and job.state == JobState.RUNNING:
        raise InputError(
            "Nothing was asked for: the same work is being cancelled. Try again when it"
            " has stopped, in a minute at most."
        )
    if job.state == JobState.QUEUED:  # for another try, that nobody wants
        return job.cancelled_by is not None
    return job.state in {JobState.FAILED, JobState.CANCELLED}


def _is_ready(kinds: Collection[str], at: datetime) -> ColumnElement[bool]:
    waits = and_(Job.state == JobState.QUEUED, Job.not_before <= at)
    abandoned = and_(Job.state == JobState.RUNNING, Job.lease_until < at)
    return and_(Job.kind.in_(kinds), or_(waits, abandoned))


def _ready(kinds: Collection[str], at: datetime) -> Select[Job]:
    return (
        select(Job)
        .where(_is_ready(kinds, at))
        .order_by(Job.priority, Job.id)
        .limit(1)
        # Two workers at once each lock another row; SQLite has one writer anyway.
        .with_for_update(skip_locked=True)
    )


def _job_of(session: Session, held: Claim) -> Job:
    job = session.get(Job, held.job, with_for_update=True)
    if (
        job is None
        or job.state != JobState.RUNNING
        or (job.worker, job.attempts) != (held.worker, held.attempt)
    ):
        raise LeaseLostError(held.job)
    return job


def _end(job: Job, state: JobState) -> None:
    job.state, job.worker, job.lease_until = state, None, None
