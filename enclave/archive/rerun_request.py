"""The record of a re-run: who asked for it, and what came of it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from enclave.archive import shelf
from enclave.archive.certificate import Certificate
from enclave.archive.comparison.verdict import Verdict
from enclave.archive.rerun_terms import AS_RECORDED, Terms
from enclave.audit import log
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.jobs import queue
from enclave.jobs.states import JobState
from enclave.projects import evidence, memberships, people
from enclave.projects.people import Role
from enclave.store.archive_tables import ArchivedAnalysis, Rerun
from enclave.store.project_tables import Account, Application, Project


# Who may ask for a re-run without being a member: a third party asks through CORE.
MAY_ASK = frozenset({Role.CORE, Role.AUDITOR})

# Who sees to it that the archive works, and so may run a sample of it.
MAY_SAMPLE = frozenset({Role.CORE, Role.DATA_MANAGER})

# Who may know of every archived analysis and its re-runs, and members of theirs.
SEES_ALL = MAY_ASK | MAY_SAMPLE | {Role.CHECKER}


# Who asks for the same on a page within this time has gone back to its form.
SAME_WITHIN = timedelta(days=1)


class Occasion(StrEnum):
    """Why an analysis is executed again."""

    REQUEST = "request"
    APPLICATION = "application"
    SAMPLE = "sample"


@dataclass(frozen=True)
class Wish:
    """What somebody asks for.

    Attributes
    ----------
    actor
        Who asks.
    key
        What the asker calls it: the same key is the same request.
    terms
        On which data and in which kernel.
    application
        The agreed application behind it, if there is one.
    once
        Whether a request of theirs for the same, of the last day, is meant: one that
        was not cancelled and, where it is done, was compared.
    """

    actor: str
    key: str | None = None
    terms: Terms = AS_RECORDED
    occasion: Occasion = Occasion.REQUEST
    application: int | None = None
    once: bool = False


def ask(session: Session, analysis_id: str, wish: Wish, *, clock: Clock = now) -> Rerun:
    """Record that somebody wants an analysis executed again.

    Each request is a record of its own. But the same key is the same request, and
    somebody who asks for the same without one while a request of theirs is not done
    yet, means that.

    Raises
    ------
    NotFoundError
        If there is no such analysis, account or kernel.
    PolicyRefusal
        If the account is no member of the project and neither CORE nor auditor.
    InputError
        If the key belongs to another request, or the kernel speaks another language.
    """
    analysis = shelf.get(session, analysis_id)
    # So that two who ask at once get two numbers.
    session.refresh(analysis, with_for_update=True)
    _check(session, analysis, wish, clock)
    terms = wish.terms.of(analysis.kernel)
    known = _by_key(session, wish.key) if wish.key else None
    if wish.once or not wish.key:
        known = known or _meant(session, analysis_id, wish, terms, clock)
    if known is None:
        return _add(session, analysis_id, wish, terms, clock)
    if (known.analysis_id, known.data, known.kernel) != (
        analysis_id,
        terms.data,
        terms.kernel,
    ):
        raise InputError(
            f"The key {wish.key!r} belongs to a re-run of {known.analysis_id} on"
            f" {known.data} data. Take another key."
        )
    return known


def cancel(
    session: Session, request: Rerun, *, actor: str, clock: Clock = now
) -> Rerun:
    """Have a request not carried out, or stop it at once.

    Raises
    ------
    PolicyRefusal
        If the actor neither asked for it nor belongs to CORE.
    InputError
        If it is done, or was cancelled before.
    """
    session.refresh(request, with_for_update=True)
    account = people.get(session, actor)
    if actor != request.requested_by and Role.CORE not in account.roles:
        raise PolicyRefusal(
            f"{request.requested_by} asked for {name(request)}: only they and the CORE"
            " group cancel it."
        )
    if request.completed is not None or request.cancelled is not None:
        ended = "cancelled" if request.cancelled else f"done: {request.verdict}"
        raise InputError(f"The {name(request)} is {ended}. There is nothing to cancel.")
    request.cancelled = clock()
    if request.job_id is not None:
        job = queue.find(session, request.job_id)
        if job.state in {JobState.QUEUED, JobState.RUNNING}:
            queue.cancel(session, job, actor=actor)
    log.record(session, log.Event(actor, "rerun.cancel", name(request)), clock=clock)
    return request


def get(session: Session, analysis_id: str, number: int) -> Rerun:
    """Return one request.

    Raises
    ------
    NotFoundError
        If there is none of that number.
    """
    found = session.get(Rerun, (analysis_id, number))
    if found is None:
        raise NotFoundError(f"There is no re-run {number} of {analysis_id}.")
    return found


def may_see(
    session: Session, analysis: ArchivedAnalysis, account: Account, clock: Clock
) -> bool:
    """Return whether somebody may know that an analysis is there, and its re-runs."""
    if SEES_ALL & account.roles:
        return True
    project = session.get_one(Project, analysis.project_number)
    role = memberships.role_in(session, project, account.name, clock().date())
    return role is not None


def name(request: Rerun) -> str:
    """Return what a request is called in the audit log and in messages."""
    return f"rerun:{request.analysis_id}/{request.number}"


def conclude(
    session: Session, request: Rerun, certificate: Certificate, *, clock: Clock = now
) -> Rerun:
    """Record what a re-run came to, once; one that was cancelled comes to nothing."""
    current = session.get_one(
        Rerun, (request.analysis_id, request.number), with_for_update=True
    )
    if current.completed is not None or current.cancelled is not None:
        return current
    current.verdict = certificate.verdict.value
    current.cause = certificate.cause
    current.completed = certificate.completed
    current.certificate_digest = digest(certificate.model_dump(mode="json"))
    details = {
        "verdict": current.verdict,
        "cause": current.cause,
        "certificate": current.certificate_digest,
        "data": certificate.data,
    }
    event = log.Event(current.requested_by, "rerun.complete", name(current), details)
    log.record(session, event, clock=clock)
    _tell_application(session, current, details, clock)
    return current


def _tell_application(
    session: Session, done: Rerun, details: dict[str, str | None], clock: Clock
) -> None:
    """Put on record for the application what it waits for."""
    if done.application_id is None:
        return
    application = session.get_one(Application, done.application_id)
    for what in ("execution", "comparison"):
        evidence.put(
            session,
            application,
            what,
            {"rerun": name(done), **details},
            actor=done.requested_by,
            clock=clock,
        )


def of_analysis(session: Session, analysis_id: str) -> list[Rerun]:
    """Return the re-runs of an analysis, the first one first."""
    return list(
        session.scalars(
            select(Rerun).where(Rerun.analysis_id == analysis_id).order_by(Rerun.number)
        )
    )


def _add(
    session: Session, analysis_id: str, wish: Wish, terms: Terms, clock: Clock
) -> Rerun:
    request = Rerun(
        analysis_id=analysis_id,
        number=_last(session, analysis_id) + 1,
        key=wish.key,
        requested_by=wish.actor,
        requested=clock(),
        data=terms.data,
        kernel=terms.kernel,
        occasion=wish.occasion,
        application_id=wish.application,
    )
    session.add(request)
    session.flush()
    details = {
        "key": wish.key,
        "data": terms.data,
        "kernel": terms.kernel,
        "occasion": wish.occasion,
    }
    event = log.Event(wish.actor, "rerun.request", name(request), details)
    log.record(session, event, clock=clock)
    return request


def _check(
    session: Session, analysis: ArchivedAnalysis, wish: Wish, clock: Clock
) -> None:
    roles = people.get(session, wish.actor).roles
    if MAY_ASK & roles:
        return
    if wish.occasion is Occasion.SAMPLE and MAY_SAMPLE & roles:
        return
    project = session.get_one(Project, analysis.project_number)
    if memberships.role_in(session, project, wish.actor, clock().date()) is None:
        raise PolicyRefusal(
            f"{wish.actor} is no member of project {project.slug}, so cannot have its"
            " analyses executed again. Ask the CORE group, through whom third parties"
            " ask."
        )


def _by_key(session: Session, key: str) -> Rerun | None:
    return session.scalars(select(Rerun).where(Rerun.key == key)).one_or_none()


def _meant(
    session: Session, analysis_id: str, wish: Wish, terms: Terms, clock: Clock
) -> Rerun | None:
    """Return the request of the same person, for the same, that a wish means."""
    if wish.once:
        which: tuple[ColumnElement[bool], ...] = (
            Rerun.occasion == Occasion.REQUEST,
            Rerun.requested > clock() - SAME_WITHIN,
            func.coalesce(Rerun.verdict, "") != Verdict.COULD_NOT_RUN,
        )
    else:
        which = (Rerun.key.is_(None), Rerun.completed.is_(None))
    same = (
        Rerun.analysis_id == analysis_id,
        Rerun.requested_by == wish.actor,
        Rerun.data == terms.data,
        Rerun.kernel.is_not_distinct_from(terms.kernel),
        Rerun.cancelled.is_(None),
    )
    found = select(Rerun).where(*same, *which).order_by(Rerun.number)
    return session.scalars(found.limit(1)).one_or_none()


def _last(session: Session, analysis_id: str) -> int:
    newest = select(func.max(Rerun.number)).where(Rerun.analysis_id == analysis_id)
    return session.scalar(newest) or 0
