"""An answered feasibility request: used in a proposal, or too old for one.

Its answer stands beside the proposal that names it, with the numbers as they were
released. It must hold on the day when that proposal is first handed in with it; for
that proposal, and no other, it does not grow old from then on.
"""

import json
from collections.abc import Iterator
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.projects import records, steps
from enclave.projects.case import Case, document
from enclave.projects.forms import Problem, ProposalForm
from enclave.projects.machine import Kind, State
from enclave.store.feasibility_tables import FeasibilityOutcome
from enclave.store.project_tables import Application
from enclave.store.review_tables import ApplicationForm


_FIELD = "feasibility_request"


def outcome_beside(
    session: Session, application: Application
) -> FeasibilityOutcome | None:
    """Return the answer that stands on an application's page, if there is one.

    It is that of a feasibility request, or of the one that a proposal names.
    """
    if application.kind == Kind.FEASIBILITY_REQUEST:
        return session.get(FeasibilityOutcome, application.id)
    request = _named(session, application)
    return session.get(FeasibilityOutcome, request.id) if request else None


def problems(session: Session, proposal: Application, today: date) -> Iterator[Problem]:
    """Find that a proposal names no answer that it may rest on."""
    number = document(proposal).get(_FIELD)
    if number is None:
        return
    request = _named(session, proposal)
    outcome = session.get(FeasibilityOutcome, request.id) if request else None
    if request is None or outcome is None:
        yield Problem(
            _FIELD,
            "is no feasibility request that was answered to the person who made this"
            " proposal: look its number up in the list of applications, or leave it"
            " out",
        )
    elif outcome.valid_until < (_rests_since(session, proposal) or today):
        yield Problem(
            _FIELD,
            f"was answered with numbers that held until {outcome.valid_until}: copy"
            " the request as new and ask again, or leave it out",
        )


def remarks(
    session: Session, proposal: Application, form: ProposalForm
) -> Iterator[Problem]:
    """Find that the answer beside a proposal is about other persons."""
    outcome = outcome_beside(session, proposal)
    if outcome is not None and outcome.question_digest != form.population.digest:
        yield Problem(
            _FIELD,
            "was answered about another population than this proposal's: its numbers"
            " are not those of the study",
        )


def use(case: Case) -> None:
    """Write down that a proposal, which is handed in, rests on its answer."""
    named = _named(case.session, case.application)
    if named is None:
        return
    request = records.locked(case.session, named.id)
    if request.state == State.ANSWERED:
        steps.happen(
            case.session,
            request,
            "use",
            caused_by=case.account.name,
            reason=f"#{case.application.id}",
            clock=case.clock,
        )


def expire(session: Session, clock: Clock = now) -> int:
    """Write down which answers have grown too old to be used; return how many."""
    old = session.scalars(
        select(Application.id)
        .join(FeasibilityOutcome, FeasibilityOutcome.application_id == Application.id)
        .where(
            Application.state == State.ANSWERED,
            FeasibilityOutcome.valid_until < clock().date(),
        )
        .order_by(Application.id)
    ).all()
    return sum(_expire(session, number, clock) for number in old)


def _expire(session: Session, number: int, clock: Clock) -> bool:
    request = records.locked(session, number)
    if request.state != State.ANSWERED:
        return False
    steps.happen(session, request, "expire", clock=clock)
    return True


def _rests_since(session: Session, proposal: Application) -> date | None:
    """Return the day when a proposal was first handed in with the answer it names."""
    named = document(proposal)[_FIELD]
    kept = (
        select(ApplicationForm)
        .where(ApplicationForm.application_id == proposal.id)
        .order_by(ApplicationForm.at)
    )
    return next(
        (
            one.at.date()
            for one in session.scalars(kept)
            if json.loads(one.form).get(_FIELD) == named
        ),
        None,
    )


def _named(session: Session, proposal: Application) -> Application | None:
    """Return the request that a proposal names, if the same person made both.

    Whoever else names it learns nothing, not even that it is there.
    """
    number = document(proposal).get(_FIELD)
    if proposal.kind != Kind.PROPOSAL or not isinstance(number, int):
        return None
    if not 0 < number < 2**31:
        return None
    request = session.get(Application, number)
    if request is None or request.kind != Kind.FEASIBILITY_REQUEST:
        return None
    return request if request.created_by == proposal.created_by else None
