"""What a transition brings about beyond the new state, in the same transaction."""

from collections.abc import Callable

from enclave.projects import founding, lifecycle, register
from enclave.projects.case import Case
from enclave.projects.machine import Kind


def bring_about(action: str, case: Case) -> None:
    """Do what belongs to an action, if anything does."""
    effect = _EFFECTS.get((case.application.kind, action))
    if effect is not None:
        effect(case)


def _found_project(case: Case) -> None:
    founding.found(
        case.session,
        case.application,
        case.proposal,
        case.account.name,
        case.clock,
    )


def _register_approvals(case: Case) -> None:
    actor = case.account.name
    register.add(
        case.session,
        case.project,
        case.data_request.approvals,
        actor=actor,
        clock=case.clock,
    )
    # A renewal among them may lift a suspension.
    lifecycle.refresh(case.session, case.project, actor=actor, clock=case.clock)


_EFFECTS: dict[tuple[str, str], Callable[[Case], None]] = {
    (Kind.PROPOSAL, "approve"): _found_project,
    (Kind.DATA_REQUEST, "check_approvals"): _register_approvals,
}
