"""What an agreed re-run request brings about: the re-run, left to a worker.

A journal or a funder has no account here. They ask through CORE: one member of CORE
writes down who asks for what and why, another agrees, and with that the re-run is
queued. Its outcome comes back to the application as evidence.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.archive import rerun_request
from enclave.archive.jobs import enqueue_rerun
from enclave.archive.rerun_request import Occasion, Wish
from enclave.archive.rerun_terms import Terms
from enclave.clock import Clock, now
from enclave.jobs.states import Priority
from enclave.projects.case import document
from enclave.projects.forms import RerunRequestForm, read
from enclave.projects.machine import Kind
from enclave.settings import Settings
from enclave.store.archive_tables import Rerun
from enclave.store.project_tables import Application


# So close to its deadline a request goes before others.
URGENT = timedelta(days=7)


def carry_on(
    session: Session,
    settings: Settings,
    application: Application,
    action: str,
    *,
    actor: str,
    clock: Clock = now,
) -> Rerun | None:
    """Do what belongs to an action on a re-run request, in its own transaction.

    Returns
    -------
    Rerun or None
        The re-run that was queued or cancelled; None where the action has none.
    """
    if action == "approve":
        return _queue(session, settings, application, clock)
    running = of_application(session, application)
    if action != "withdraw" or running is None:
        return None
    if running.completed is not None or running.cancelled is not None:
        return None
    return rerun_request.cancel(session, running, actor=actor, clock=clock)


def of_application(session: Session, application: Application) -> Rerun | None:
    """Return the re-run of an application; None before it was agreed."""
    found = select(Rerun).where(Rerun.application_id == application.id)
    return session.scalars(found).one_or_none()


def _queue(
    session: Session, settings: Settings, application: Application, clock: Clock
) -> Rerun:
    form = read(Kind.RERUN_REQUEST, document(application))
    if not isinstance(form, RerunRequestForm):
        raise TypeError(f"application {application.id} is no re-run request")
    wish = Wish(
        application.created_by,
        f"application:{application.id}",
        Terms(form.data, form.kernel or None),
        Occasion.APPLICATION,
        application.id,
    )
    soon = clock().date() + URGENT
    hurry = form.deadline is not None and form.deadline <= soon
    return enqueue_rerun(
        session,
        settings,
        form.analysis,
        wish,
        priority=Priority.URGENT if hurry else Priority.USUAL,
        clock=clock,
    )
