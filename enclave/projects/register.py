"""A project's register of approvals: what it rests on, and until when."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.projects.approvals import Approval, Authority
from enclave.store.project_tables import ApprovalRecord, Project


def add(
    session: Session,
    project: Project,
    approvals: Iterable[Approval],
    *,
    actor: str,
    clock: Clock = now,
) -> None:
    """Register the approvals that were obtained; one already there is replaced.

    An approval is the same if authority and journal number are. Each new or changed
    one is an audit event.
    """
    for approval in approvals:
        if approval.obtained and _register(session, project, approval, actor, clock):
            details = approval.model_dump(mode="json")
            subject = f"project:{project.slug}"
            event = log.Event(actor, "approval.register", subject, details)
            log.record(session, event, clock=clock)


def approvals_of(session: Session, project: Project) -> list[Approval]:
    """Return the registered approvals of a project, oldest decision first."""
    records = session.scalars(
        select(ApprovalRecord)
        .where(ApprovalRecord.project_number == project.number)
        .order_by(ApprovalRecord.decision_date, ApprovalRecord.id)
    )
    return [
        Approval(
            authority=Authority(record.authority),
            **{name: getattr(record, name) for name in _COPIED},
        )
        for record in records
    ]


def lapsed(approvals: Iterable[Approval], today: date) -> list[Approval]:
    """Return the approvals that expired and that no later one of its kind renews."""
    obtained = [approval for approval in approvals if approval.obtained]
    held = {one.authority for one in obtained if not one.expired(today)}
    return [one for one in obtained if one.authority not in held]


_COPIED = (
    "journal_number",
    "decision_date",
    "data_from",
    "data_to",
    "document",
    "expires",
)


def _register(
    session: Session, project: Project, approval: Approval, actor: str, clock: Clock
) -> bool:
    record = session.scalars(
        select(ApprovalRecord).where(
            ApprovalRecord.project_number == project.number,
            ApprovalRecord.authority == approval.authority,
            ApprovalRecord.journal_number == approval.journal_number,
        )
    ).one_or_none()
    if record is None:
        record = ApprovalRecord(
            project_number=project.number, authority=approval.authority.value
        )
        session.add(record)
    elif all(getattr(record, name) == getattr(approval, name) for name in _COPIED):
        return False
    for name in _COPIED:
        setattr(record, name, getattr(approval, name))
    record.registered_by, record.registered = actor, clock()
    session.flush()
    return True
