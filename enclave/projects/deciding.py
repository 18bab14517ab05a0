"""Carry out one transition: role, state, guards, then the change and its effects."""

from collections.abc import Sequence

from enclave.errors import NotFoundError, PolicyRefusal
from enclave.projects import (
    effects,
    free_text,
    guards,
    machine,
    notices,
    records,
    steps,
)
from enclave.projects.case import Case
from enclave.projects.machine import StateConflict, Transition
from enclave.store.project_tables import Account, Application


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
    require_sight(case, action)
    ways = machine.ways(application.kind, action)
    free_text.check_reason(case.reason)
    _check_role(ways, case.account)
    transition = _way_from(ways, case)
    _check_role((transition,), case.account)
    for guard in transition.guards:
        guards.check(guard, case, transition)
    steps.take(case, transition)
    effects.bring_about(transition, case)
    notices.of_step(
        case.session, application, transition, case.account.name, case.clock
    )
    return application


def require_sight(case: Case, action: str) -> None:
    """Refuse somebody who may not see an application as if it did not exist.

    Who could have taken the action a moment ago, before a colleague did, may not see
    it any more either; they are told that it was decided.

    Raises
    ------
    NotFoundError
        If the account may not see it.
    StateConflict
        If it lay on the account's desk, and was decided meanwhile.
    """
    try:
        records.require_sight(case.session, case.application, case.account)
    except NotFoundError:
        kind = case.application.kind
        ways = [one for one in machine.TRANSITIONS if one.kind == kind]
        mine = [
            one
            for one in ways
            if one.action == action
            and not one.by_applicant
            and case.account.roles & {*one.roles}
        ]
        left = {
            step.from_state for step in records.steps(case.session, case.application)
        }
        if any(left & {*one.sources} for one in mine):
            _way_from(mine, case)
        raise


def _check_role(ways: Sequence[Transition], account: Account) -> None:
    roles = dict.fromkeys(role for way in ways for role in way.roles)
    if not roles:
        raise PolicyRefusal(
            f"To {machine.spoken(ways[0].action)} a {machine.spoken(ways[0].kind)} is"
            " nobody's to do: the enclave does it when its time has come."
        )
    if not account.roles & {*roles}:
        raise PolicyRefusal(
            f"To {machine.spoken(ways[0].action)} a"
            f" {machine.spoken(ways[0].kind)} takes the role"
            f" {' or '.join(roles)}, which {account.name} does not hold."
        )


def _way_from(ways: Sequence[Transition], case: Case) -> Transition:
    """Return the way that leaves the state in which the application stands."""
    application = case.application
    for way in ways:
        if application.state in way.sources:
            return way
    history = records.steps(case.session, application)
    stands = machine.spoken(application.state)
    if history:
        stands += f" (by {history[-1].actor})"
    sources = dict.fromkeys(source for way in ways for source in way.sources)
    starts = " or ".join(map(machine.spoken, sources))
    raise StateConflict(
        f"The {records.name(application)} is {stands}; to"
        f" {machine.spoken(ways[0].action)} it, it must be {starts}."
    )
