"""The record of a re-run: who asked for it, and what came of it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.archive import shelf
from enclave.archive.certificate import Certificate
from enclave.audit import log
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.projects import memberships, people
from enclave.projects.people import Role
from enclave.store.archive_tables import Rerun
from enclave.store.project_tables import Project


# Who may ask for a re-run without being a member: a third party asks through CORE.
_MAY_ASK = frozenset({Role.CORE, Role.AUDITOR})


def ask(
    session: Session,
    analysis_id: str,
    *,
    actor: str,
    key: str | None = None,
    clock: Clock = now,
) -> Rerun:
    """Record that somebody wants an analysis executed again.

    Each request is a record of its own. But the same ``key`` is the same request, and
    somebody who asks without one while a request of theirs is not done yet, means that.

    Raises
    ------
    NotFoundError
        If there is no such analysis or account.
    PolicyRefusal
        If the account is no member of the project and neither CORE nor auditor.
    InputError
        If the key belongs to a request for another analysis.
    """
    _check(session, analysis_id, actor, clock)
    known = _by_key(session, key) if key else _open(session, analysis_id, actor)
    if known is None:
        return _add(session, analysis_id, actor, key, clock)
    if known.analysis_id != analysis_id:
        raise InputError(
            f"The key {key!r} belongs to a re-run of {known.analysis_id}. Take another"
            " key."
        )
    return known


def conclude(
    session: Session, request: Rerun, certificate: Certificate, *, clock: Clock = now
) -> Rerun:
    """Record what a re-run came to, once."""
    current = session.get_one(
        Rerun, (request.analysis_id, request.number), with_for_update=True
    )
    if current.completed is not None:
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
    event = log.Event(current.requested_by, "rerun.complete", _name(current), details)
    log.record(session, event, clock=clock)
    return current


def of_analysis(session: Session, analysis_id: str) -> list[Rerun]:
    """Return the re-runs of an analysis, the first one first."""
    return list(
        session.scalars(
            select(Rerun).where(Rerun.analysis_id == analysis_id).order_by(Rerun.number)
        )
    )


def _add(
    session: Session, analysis_id: str, actor: str, key: str | None, clock: Clock
) -> Rerun:
    request = Rerun(
        analysis_id=analysis_id,
        number=_last(session, analysis_id) + 1,
        key=key,
        requested_by=actor,
        requested=clock(),
    )
    session.add(request)
    session.flush()
    event = log.Event(actor, "rerun.request", _name(request), {"key": key})
    log.record(session, event, clock=clock)
    return request


def _check(session: Session, analysis_id: str, actor: str, clock: Clock) -> None:
    analysis = shelf.get(session, analysis_id)
    # So that two who ask at once get two numbers.
    session.refresh(analysis, with_for_update=True)
    if _MAY_ASK & people.get(session, actor).roles:
        return
    project = session.get_one(Project, analysis.project_number)
    if memberships.role_in(session, project, actor, clock().date()) is None:
        raise PolicyRefusal(
            f"{actor} is no member of project {project.slug}, so cannot have its"
            " analyses executed again. Ask the CORE group, through whom third parties"
            " ask."
        )


def _by_key(session: Session, key: str) -> Rerun | None:
    return session.scalars(select(Rerun).where(Rerun.key == key)).one_or_none()


def _open(session: Session, analysis_id: str, actor: str) -> Rerun | None:
    return session.scalars(
        select(Rerun)
        .where(
            Rerun.analysis_id == analysis_id,
            Rerun.requested_by == actor,
            Rerun.key.is_(None),
            Rerun.completed.is_(None),
        )
        .order_by(Rerun.number)
        .limit(1)
    ).one_or_none()


def _last(session: Session, analysis_id: str) -> int:
    newest = select(func.max(Rerun.number)).where(Rerun.analysis_id == analysis_id)
    return session.scalar(newest) or 0


def _name(request: Rerun) -> str:
    return f"rerun:{request.analysis_id}/{request.number}"
