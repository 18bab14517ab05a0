"""Carry out one transition: role, state, guards, then the change and its effects."""

from enclave.errors import PolicyRefusal
from enclave.projects import effects, free_text, guards, machine, records
from enclave.projects.case import Case
from enclave.projects.machine import StateConflict, Transition
from enclave.store.project_tables import Account, Application, ApplicationStep


def perform(case: Case, action: str) -> Application:
    """Take the case's application through an action, or refuse and change nothing.

    Raises
    ------
    NotFoundError
        If the account may not see the application.
    InputError
        If applications of its kind know no such action, the form has problems, or
        the reason holds a CPR number.
    StateConflict
        If it does not stand where the action starts.
    PolicyRefusal
        If the role does not allow it, or a guard refuses.
    """
    application = case.application
    records.require_sight(case.session, application, case.account)
    transition = machine.find(application.kind, action)
    free_text.check_reason(case.reason)
    _check_role(transition, case.account)
    _check_state(transition, case)
    for guard in transition.guards:
        guards.check(guard, case)
    left = application.state
    application.state = transition.target.value
    application.version += 1
    application.changed = case.clock()
    case.session.flush()
    _write_step(case, action, left)
    effects.bring_about(action, case)
    return application


def _check_role(transition: Transition, account: Account) -> None:
    if not account.roles & {*transition.roles}:
        raise PolicyRefusal(
            f"To {machine.spoken(transition.action)} a"
            f" {machine.spoken(transition.kind)} takes the role"
            f" {' or '.join(transition.roles)}, which {account.name} does not hold."
        )


def _check_state(transition: Transition, case: Case) -> None:
    application = case.application
    if application.state in transition.sources:
        return
    history = records.steps(case.session, application)
    by = f" (by {history[-1].actor})" if history else ""
    starts = " or ".join(machine.spoken(source) for source in transition.sources)
    raise StateConflict(
        f"The {records.name(application)} is {machine.spoken(application.state)}{by};"
        f" to {machine.spoken(transition.action)} it, it must be {starts}."
    )


def _write_step(case: Case, action: str, left: str) -> None:
    application, actor = case.application, case.account.name
    case.session.add(
        ApplicationStep(
            application_id=application.id,
            number=application.version,
            action=action,
            from_state=left,
            to_state=application.state,
            actor=actor,
            at=application.changed,
            reason=case.reason,
            form_digest=application.form_digest,
        )
    )
    records.record(
        case.session,
        application,
        actor,
        action,
        case.clock,
        **{"from": left, "to": application.state, "reason": case.reason},
    )
