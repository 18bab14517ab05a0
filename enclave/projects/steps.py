"""Take a step: the new state, the row of the history and the audit event, in one."""

from sqlalchemy.orm import Session

from enclave.clock import Clock
from enclave.projects import attachments, machine, notices, records, versions
from enclave.projects.case import Case
from enclave.projects.machine import StateConflict, Transition
from enclave.projects.people import SYSTEM
from enclave.store.project_tables import Application, ApplicationStep


def take(case: Case, way: Transition) -> None:
    """Take the way that a person chose, and that nothing refused."""
    figure = case.figure if way.figure else None
    told = {way.figure: str(figure)} if way.figure else {}
    actor = case.account.name
    step = ApplicationStep(actor=actor, reason=case.reason, figure=figure)
    _take(case.session, case.application, way, step, case.clock, told)


def happen(
    session: Session,
    application: Application,
    action: str,
    *,
    caused_by: str = SYSTEM,
    reason: str = "",
    clock: Clock,
) -> None:
    """Take the step that the time has come for, on a locked application.

    Its actor is ``system``: who acted on an application may see it ever after, and who
    brought this about did so elsewhere.

    Parameters
    ----------
    caused_by
        The person whose doing elsewhere brought it about, and who needs no notice.

    Raises
    ------
    StateConflict
        If the application does not stand where it starts.
    """
    (way,) = machine.ways(application.kind, action)
    if not way.by_itself:
        raise TypeError(f"{action} is for people to decide")
    if application.state not in way.sources:
        raise StateConflict(
            f"The {records.name(application)} is {machine.spoken(application.state)}"
            " by now: look at it again."
        )
    step = ApplicationStep(actor=SYSTEM, reason=reason, figure=None)
    _take(session, application, way, step, clock, {})
    notices.of_step(session, application, way, caused_by, clock)


def _take(
    session: Session,
    application: Application,
    way: Transition,
    step: ApplicationStep,
    clock: Clock,
    told: dict[str, str],
) -> None:
    step.from_state = application.state
    application.state = step.to_state = way.target.value
    application.version += 1
    application.changed = step.at = clock()
    session.flush()
    versions.keep(session, application)
    step.application_id, step.number = application.id, application.version
    step.action, step.form_digest = way.action, application.form_digest
    session.add(step)
    told = {
        "from": step.from_state,
        "to": step.to_state,
        "reason": step.reason,
        **told,
    }
    if attached := attachments.fingerprint(session, application):
        told["attachments"] = attached
    records.record(session, application, step.actor, way.action, clock, **told)
