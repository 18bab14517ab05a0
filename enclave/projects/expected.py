"""When a decision is due, and when it usually comes: from our own history."""

from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heappop, heappush
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.projects import kinds
from enclave.projects.case import document
from enclave.projects.forms import FormError, read
from enclave.projects.machine import Guard, State, Transition, leaving
from enclave.store.project_tables import Application, ApplicationStep


# Fewer than these say nothing about how long it takes.
ENOUGH = 5
_LATEST = 100


@dataclass(frozen=True)
class Expectation:
    """When a decision is expected.

    Attributes
    ----------
    due
        The day by which somebody should act on it where it stands; null where nobody
        has to.
    decision
        The day on which the decision is expected; null for what is not handed in, was
        decided, or has taken longer than any other.
    cases
        How many decided applications this rests on; 0 where it is only the rule.
    """

    due: date | None
    decision: date | None
    cases: int = 0


def expectation(session: Session, application: Application, today: date) -> Expectation:
    """Return when an application is due, and when its decision is expected."""
    days = kinds.of(application.kind).days.get(State(application.state))
    due = application.changed.date() + timedelta(days=days) if days else None
    ways = leaving(application.kind, application.state)
    handed_in = _handed_in(session, application)
    if handed_in is None or not any(one.waits and not one.by_applicant for one in ways):
        return Expectation(due, None)
    took = durations(session, application.kind)
    if len(took) < ENOUGH:
        return Expectation(due, _by_rule(application, today))
    # Of those that had not been decided by this time either.
    still = [one for one in took if one >= (today - handed_in).days]
    if not still:
        return Expectation(due, None)
    usual = timedelta(days=round(median(still)))
    return Expectation(due, handed_in + usual, len(still))


def durations(session: Session, kind: str) -> list[float]:
    """Return how many days it was to the first decision, for the latest of a kind."""
    decided = (
        select(ApplicationStep.application_id, func.min(ApplicationStep.at).label("at"))
        .join(Application, Application.id == ApplicationStep.application_id)
        .where(
            Application.kind == kind,
            ApplicationStep.to_state.in_(kinds.of(kind).decided),
        )
        .group_by(ApplicationStep.application_id)
        .order_by(func.min(ApplicationStep.at).desc())
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


def _handed_in(session: Session, application: Application) -> date | None:
    """Return when it was first handed in; None if never, or if it was decided."""
    steps = select(ApplicationStep.at, ApplicationStep.action, ApplicationStep.to_state)
    rows = session.execute(
        steps.where(ApplicationStep.application_id == application.id).order_by(
            ApplicationStep.number
        )
    ).all()
    if any(one.to_state in kinds.of(application.kind).decided for one in rows):
        return None
    return next((one.at.date() for one in rows if one.action == "submit"), None)


def _by_rule(application: Application, today: date) -> date | None:
    """Return the day at the end of all that still has to be done, each in its time."""
    days = _days_left(application)
    if days is None:
        return None
    expected = application.changed.date() + timedelta(days=days)
    return expected if expected >= today else None


def _days_left(application: Application) -> int | None:
    """Return the working time along the quickest way to a decision."""
    rules, committee = kinds.of(application.kind), _needs_committee(application)
    waiting, seen = [(0, application.state)], set()
    while waiting:
        days, state = heappop(waiting)
        if state in rules.decided:
            return days
        if state in seen:
            continue
        seen.add(state)
        for one in leaving(application.kind, state):
            if _goes_on(one, committee=committee):
                # What is left to the applicant takes as long as they like.
                own = 0 if one.by_applicant else rules.days.get(State(state), 0)
                heappush(waiting, (days + own, one.target))
    return None


def _goes_on(way: Transition, *, committee: bool) -> bool:
    if not way.waits or Guard.REASON in way.guards:
        return False
    return not (committee and Guard.NO_COMMITTEE in way.guards)


def _needs_committee(application: Application) -> bool:
    try:
        form = read(application.kind, document(application))
    except FormError:
        return False
    return bool(getattr(form, "needs_committee", False))
