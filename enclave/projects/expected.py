"""When a decision is due, and when it usually comes: from our own history."""

from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.projects import kinds
from enclave.projects.machine import State, leaving
from enclave.store.project_tables import Application, ApplicationStep


# Fewer than these say nothing about how long it takes.
ENOUGH = 5
_LATEST = 100
_DECIDED = (
    State.APPROVED,
    State.REJECTED,
    State.ANSWERED,
    State.ACTIVE,
    State.CONDITIONALLY_APPROVED,
    State.RELEASED,
    State.LOADED,
    State.CLOSED,
)


@dataclass(frozen=True)
class Expectation:
    """When a decision is expected.

    Attributes
    ----------
    due
        The day by which somebody should act on it where it stands; null where nobody
        has to.
    decision
        The day on which the decision is expected; null for what is not handed in.
    cases
        How many decided applications this rests on; 0 where it is only the rule.
    """

    due: date | None
    decision: date | None
    cases: int = 0


def expectation(session: Session, application: Application) -> Expectation:
    """Return when an application is due, and when its decision is expected."""
    days = kinds.of(application.kind).days.get(State(application.state))
    due = application.changed.date() + timedelta(days=days) if days else None
    ways = leaving(application.kind, application.state)
    if not any(one.waits and not one.by_applicant for one in ways):
        return Expectation(due, None)
    handed_in = session.scalar(
        select(func.max(ApplicationStep.at)).where(
            ApplicationStep.application_id == application.id,
            ApplicationStep.action == "submit",
        )
    )
    if handed_in is None:
        return Expectation(due, None)
    took = durations(session, application.kind)
    if len(took) < ENOUGH:
        rule = sum(
            kinds.of(application.kind).days.get(state, 0)
            for state in (State.SUBMITTED, State.INTERNAL_REVIEW, State.APPROVALS_CHECK)
        )
        return Expectation(due, handed_in.date() + timedelta(days=rule or 21))
    return Expectation(
        due, handed_in.date() + timedelta(days=round(median(took))), len(took)
    )


def durations(session: Session, kind: str) -> list[float]:
    """Return how many days the latest decisions on a kind took."""
    decided = (
        select(ApplicationStep.application_id, func.max(ApplicationStep.at).label("at"))
        .join(Application, Application.id == ApplicationStep.application_id)
        .where(Application.kind == kind, ApplicationStep.to_state.in_(_DECIDED))
        .group_by(ApplicationStep.application_id)
        .order_by(func.max(ApplicationStep.at).desc())
        .limit(_LATEST)
        .subquery()
    )
    first = func.min(ApplicationStep.at)
    rows = session.execute(
        select(decided.c.at, first)
        .join(
            ApplicationStep, ApplicationStep.application_id == decided.c.application_id
        )
        .where(ApplicationStep.action == "submit")
        .group_by(decided.c.application_id, decided.c.at)
    )
    return [(end - begin).total_seconds() / 86_400 for end, begin in rows]
