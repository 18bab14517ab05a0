"""What other rooms put on record about an application, before it may go on.

A file was received, a scan found nothing, a list was taken away, an analysis was
executed: the room that did it says so here, and a transition that names this evidence
is refused until then. Evidence is about one submission of one version of the form:
after a return the work is done again, even where the form stays as it was.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import canonical_json, digest
from enclave.clock import Clock, now
from enclave.projects import machine
from enclave.store.project_tables import Application, ApplicationStep
from enclave.store.review_tables import ApplicationEvidence


NAMES = frozenset(one.evidence for one in machine.TRANSITIONS if one.evidence)
# By its step and not by the time, for a clock may be set back.
_SUBMISSION = "submission"


def put(
    session: Session,
    application: Application,
    name: str,
    details: Mapping[str, Any],
    *,
    actor: str,
    clock: Clock = now,
) -> ApplicationEvidence:
    """Put evidence on record, with its audit event.

    Parameters
    ----------
    details
        Counts, hashes and names of rules; never a value of a person.
    """
    if name not in NAMES:
        raise ValueError(f"no transition asks for evidence {name!r}")
    document = {**details, _SUBMISSION: _submission(session, application)}
    made = ApplicationEvidence(
        application_id=application.id,
        name=name,
        form_digest=application.form_digest,
        document=canonical_json(document).decode(),
        recorded_by=actor,
        recorded=clock(),
    )
    session.add(made)
    session.flush()
    told = {"evidence": name, "digest": digest(document)}
    subject = f"application:{application.id}"
    event = log.Event(actor, f"{application.kind}.evidence", subject, told)
    log.record(session, event, clock=clock)
    return made


def find(
    session: Session, application: Application, name: str
) -> ApplicationEvidence | None:
    """Return the latest evidence of a name since the form was last submitted."""
    latest = session.scalars(
        select(ApplicationEvidence)
        .where(
            ApplicationEvidence.application_id == application.id,
            ApplicationEvidence.name == name,
            ApplicationEvidence.form_digest == application.form_digest,
        )
        .order_by(ApplicationEvidence.id.desc())
        .limit(1)
    ).one_or_none()
    if latest is None:
        return None
    about = json.loads(latest.document).get(_SUBMISSION)
    return latest if about == _submission(session, application) else None


def _submission(session: Session, application: Application) -> int:
    """Return the number of the step that last submitted an application."""
    return (
        session.scalar(
            select(func.max(ApplicationStep.number)).where(
                ApplicationStep.application_id == application.id,
                ApplicationStep.action == "submit",
            )
        )
        or 0
    )
