"""Re-runs as people look at them: one, a list, and whether the archive is well."""

from collections import Counter
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.archive import rerun_request, shelf
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun_request import Occasion
from enclave.clock import Clock
from enclave.errors import NotFoundError
from enclave.jobs.states import JobState
from enclave.projects import memberships
from enclave.store.archive_tables import ArchivedAnalysis, Rerun
from enclave.store.job_tables import Job
from enclave.store.project_tables import Account, Project


PAGE_SIZE = 50

# How a request stands, beside the states of its job.
OPEN, DONE, CANCELLED = "open", "done", "cancelled"

# A sample is taken each night; after so long without one, something is wrong.
SAMPLED_WITHIN = timedelta(hours=36)
WAITS_AT_MOST = timedelta(hours=24)
_UNSOUND = frozenset({Verdict.DIFFERS, Verdict.COULD_NOT_RUN})


class Concern(StrEnum):
    """What is wrong with the archive."""

    NO_SAMPLE = "no_sample"
    OLD_SAMPLE = "old_sample"
    UNSOUND_VERDICTS = "unsound_verdicts"
    FAILED_JOBS = "failed_jobs"
    WAITS_TOO_LONG = "waits_too_long"


def one(
    session: Session, analysis_id: str, number: int, account: Account, clock: Clock
) -> dict[str, Any]:
    """Return one re-run, for somebody who may know of it.

    Raises
    ------
    NotFoundError
        If there is none, or none that the account may see.
    """
    analysis = shelf.get(session, analysis_id)
    if not rerun_request.may_see(session, analysis, account, clock):
        raise NotFoundError(f"There is no re-run {number} of {analysis_id}.")
    found = rerun_request.get(session, analysis_id, number)
    project = session.get_one(Project, analysis.project_number)
    return _document(found, analysis, project, _job(session, found))


def listing(
    session: Session, account: Account, clock: Clock, *, page: int = 1
) -> list[dict[str, Any]]:
    """Return the re-runs that somebody may know of, the last asked for first."""
    found = (
        select(Rerun, ArchivedAnalysis, Project, Job)
        .join(ArchivedAnalysis, ArchivedAnalysis.id == Rerun.analysis_id)
        .join(Project, Project.number == ArchivedAnalysis.project_number)
        .outerjoin(Job, Job.id == Rerun.job_id)
        .order_by(Rerun.requested.desc(), Rerun.analysis_id, Rerun.number.desc())
        .offset((max(1, page) - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE)
    )
    mine = _projects(session, account, clock)
    if mine is not None:
        found = found.where(ArchivedAnalysis.project_number.in_(mine))
    return [_document(*row) for row in session.execute(found)]


def analyses(session: Session, account: Account, clock: Clock) -> list[dict[str, str]]:
    """Return the archived analyses that somebody may know of, the newest first."""
    mine = _projects(session, account, clock)
    return [
        {"id": one.id, "title": one.title, "kernel": one.kernel}
        for one in shelf.everything(session, None)
        if mine is None or one.project_number in mine
    ]


def months(
    session: Session, account: Account, clock: Clock, *, most: int = 12
) -> list[dict[str, Any]]:
    """Return how many re-runs got which verdict, month by month, the oldest first."""
    since = clock() - timedelta(days=31 * most)
    found = (
        select(Rerun.completed, func.coalesce(Rerun.verdict, ""))
        .join(ArchivedAnalysis, ArchivedAnalysis.id == Rerun.analysis_id)
        .where(Rerun.completed > since)
    )
    mine = _projects(session, account, clock)
    if mine is not None:
        found = found.where(ArchivedAnalysis.project_number.in_(mine))
    counted: dict[str, Counter[str]] = {}
    for completed, verdict in session.execute(found):
        counted.setdefault(f"{completed:%Y-%m}", Counter())[verdict] += 1
    return [
        {"month": month, "verdicts": dict(counted[month])}
        for month in sorted(counted)[-most:]
    ]


def health(session: Session, account: Account | None, clock: Clock) -> dict[str, Any]:
    """Return whether the archive is well: the last sample, and the queue.

    Parameters
    ----------
    account
        Who looks; None for whoever runs the installation. The sample is of all
        projects, so only who may know of every analysis is given it.

    Returns
    -------
    dict
        ``well``, ``concerns`` (names of what is wrong), the last ``sample``, and how
        many jobs are in which state.
    """
    at = clock()
    sample = _last_sample(session)
    queue = _queue(session, at)
    concerns = [*_concerns_of_sample(sample, at)]
    if queue["failed"]:
        concerns.append(Concern.FAILED_JOBS)
    if queue["oldest"] and at - queue["oldest"] > WAITS_AT_MOST:
        concerns.append(Concern.WAITS_TOO_LONG)
    oldest = queue.pop("oldest")
    shown = sample if account is None or _sees_all(account) else []
    return {
        "well": not concerns,
        "concerns": concerns,
        "sample": [_sampled(one) for one in shown],
        "queue": {**queue, "oldest": oldest.isoformat() if oldest else None},
    }


def _document(
    found: Rerun, analysis: ArchivedAnalysis, project: Project, job: Job | None
) -> dict[str, Any]:
    return {
        "analysis": found.analysis_id,
        "title": analysis.title,
        "project": project.slug,
        "number": found.number,
        "key": found.key,
        "occasion": found.occasion,
        "application": found.application_id,
        "data": found.data,
        "kernel": found.kernel or analysis.kernel,
        "recorded_kernel": analysis.kernel,
        "requested_by": found.requested_by,
        "requested": found.requested.isoformat(),
        "state": _state(found, job),
        "step": job.step if job else None,
        "steps": job.steps if job else None,
        "attempts": job.attempts if job else 0,
        "message": job.message if job else None,
        "verdict": found.verdict,
        "cause": found.cause,
        "completed": found.completed.isoformat() if found.completed else None,
        "certificate": found.certificate_digest,
    }


def _state(found: Rerun, job: Job | None) -> str:
    if found.completed is not None:
        return DONE
    if found.cancelled is not None:
        return CANCELLED
    return job.state if job else OPEN


def _job(session: Session, found: Rerun) -> Job | None:
    return None if found.job_id is None else session.get(Job, found.job_id)


def _sees_all(account: Account) -> bool:
    return bool(rerun_request.SEES_ALL & account.roles)


def _projects(session: Session, account: Account, clock: Clock) -> set[int] | None:
    """Return the projects whose analyses somebody may know of; None for all."""
    if _sees_all(account):
        return None
    found = memberships.projects_of(session, account.name, clock)
    return {one.number for one in found}


def _last_sample(session: Session) -> list[Rerun]:
    sampled = Rerun.occasion == Occasion.SAMPLE
    newest = session.scalar(
        select(Rerun.key)
        .where(sampled)
        .order_by(Rerun.requested.desc(), Rerun.key)
        .limit(1)
    )
    if newest is None:
        return []
    night = newest.rpartition(":")[0] + ":"
    same = Rerun.key.startswith(night, autoescape=True)
    return list(session.scalars(select(Rerun).where(sampled, same).order_by(Rerun.key)))


def _sampled(found: Rerun) -> dict[str, Any]:
    return {
        "analysis": found.analysis_id,
        "number": found.number,
        "requested": found.requested.isoformat(),
        "verdict": found.verdict,
        "cause": found.cause,
    }


def _concerns_of_sample(sample: list[Rerun], at: datetime) -> list[Concern]:
    if not sample:
        return [Concern.NO_SAMPLE]
    concerns = []
    if at - sample[0].requested > SAMPLED_WITHIN:
        concerns.append(Concern.OLD_SAMPLE)
    if {one.verdict for one in sample} & {one.value for one in _UNSOUND}:
        concerns.append(Concern.UNSOUND_VERDICTS)
    return concerns


def _queue(session: Session, at: datetime) -> dict[str, Any]:
    recent = at - timedelta(days=7)
    rows = session.execute(
        select(Job.state, Job.created).where(
            Job.kind == "rerun",
            (Job.created > recent) | Job.state.in_([JobState.QUEUED, JobState.RUNNING]),
        )
    ).all()
    states = Counter(state for state, _ in rows)
    waiting = [created for state, created in rows if state == JobState.QUEUED]
    return {
        **{state.value: states.get(state.value, 0) for state in JobState},
        "oldest": min(waiting, default=None),
    }
