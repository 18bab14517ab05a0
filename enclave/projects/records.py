"""Reach an application's row safely, and tell the audit log what happened to it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock
from enclave.errors import NotFoundError
from enclave.projects import machine, ownership
from enclave.store.project_tables import Account, Application, ApplicationStep


def locked(session: Session, application_id: int) -> Application:
    """Return an application as it is now, and keep others from changing it meanwhile.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    application = session.get(
        Application, application_id, with_for_update=True, populate_existing=True
    )
    if application is None:
        raise not_found(application_id)
    return application


def require_sight(session: Session, application: Application, account: Account) -> None:
    """Refuse somebody who may not see an application as if it did not exist.

    Raises
    ------
    NotFoundError
        If the account may not see it.
    """
    if not ownership.may_see(session, application, account):
        raise not_found(application.id)


def steps(session: Session, application: Application) -> list[ApplicationStep]:
    """Return the transitions of an application, the first one first."""
    return list(
        session.scalars(
            select(ApplicationStep)
            .where(ApplicationStep.application_id == application.id)
            .order_by(ApplicationStep.number)
        )
    )


def record(
    session: Session,
    application: Application,
    actor: str,
    action: str,
    clock: Clock,
    **details: str,
) -> None:
    """Write what happened to an application, and to which version of its form."""
    content = {
        **details,
        "form_digest": application.form_digest,
        "version": application.version,
    }
    subject = f"application:{application.id}"
    event = log.Event(actor, f"{application.kind}.{action}", subject, content)
    log.record(session, event, clock=clock)


def name(application: Application) -> str:
    """Return how an application is called in a sentence."""
    return f"{machine.spoken(application.kind)} {application.id}"


def not_found(application_id: int) -> NotFoundError:
    """Return the one answer for what does not exist and what may not be seen."""
    return NotFoundError(
        f"There is no application {application_id} that you may see: look at the list"
        " of applications for those you may."
    )
