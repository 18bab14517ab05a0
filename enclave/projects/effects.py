"""What a transition brings about beyond the new state, in the same transaction."""

from collections.abc import Callable

from enclave.projects import (
    amending,
    feasibility_use,
    founding,
    lapsing,
    lifecycle,
    records,
    register,
    reviews,
    steps,
)
from enclave.projects.case import Case
from enclave.projects.lifecycle import ProjectState
from enclave.projects.machine import EDITABLE, Kind, State, Transition


# Decisions that tell the applicant something: what was said about the form goes along.
_ANSWERS = EDITABLE | {State.APPROVED, State.REJECTED}


def bring_about(way: Transition, case: Case) -> None:
    """Do what belongs to a transition, if anything does."""
    if not way.by_applicant and way.target in _ANSWERS:
        reviews.release(case.session, case.application, case.clock)
    effect = _EFFECTS.get((way.kind, way.action))
    if effect is not None:
        effect(case)


def _found_project(case: Case) -> None:
    # It may be named where conditions were met in the form, and approved from there.
    feasibility_use.use(case)
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


def _close_door(case: Case) -> None:
    lifecycle.move(
        case.session,
        case.project,
        ProjectState.CLOSING,
        f"its close-out, application {case.application.id}, was handed in: withdraw it"
        " to go on working",
        actor=case.account.name,
        clock=case.clock,
    )


def _open_door(case: Case) -> None:
    if case.project.state == ProjectState.CLOSING:
        lifecycle.reopen(
            case.session, case.project, actor=case.account.name, clock=case.clock
        )


def _close_project(case: Case) -> None:
    """Close a project; what it asked for and did not get ends with it."""
    for number in lapsing.of(case.session, case.project):
        steps.happen(
            case.session,
            records.locked(case.session, number),
            lapsing.ACTION,
            caused_by=case.account.name,
            reason=f"#{case.application.id}",
            clock=case.clock,
        )
    lifecycle.move(
        case.session,
        case.project,
        ProjectState.CLOSED,
        "its results and data came back",
        actor=case.account.name,
        clock=case.clock,
    )


_EFFECTS: dict[tuple[str, str], Callable[[Case], None]] = {
    (Kind.PROPOSAL, "submit"): feasibility_use.use,
    (Kind.PROPOSAL, "meet_conditions"): feasibility_use.use,
    (Kind.PROPOSAL, "approve"): _found_project,
    (Kind.DATA_REQUEST, "check_approvals"): _register_approvals,
    (Kind.AMENDMENT, "approve"): amending.amend,
    (Kind.CLOSE_OUT, "submit"): _close_door,
    (Kind.CLOSE_OUT, "return"): _open_door,
    (Kind.CLOSE_OUT, "withdraw"): _open_door,
    (Kind.CLOSE_OUT, "close"): _close_project,
}
