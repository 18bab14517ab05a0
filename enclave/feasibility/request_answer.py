"""Answer a feasibility request: an exact run for the data manager, a gated outcome.

What the applicant gets is what the count gate says to the applicant's own question, at
the applicant's price, frozen with the snapshot and the digest of the question. Exact
numbers stay with the data manager, whose reason for them stands in the audit log.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import canonical_json, digest
from enclave.clock import Clock, now
from enclave.cohort.question import Question
from enclave.disclosure.grammar import refusals
from enclave.disclosure.policy import policy
from enclave.errors import InputError, PolicyRefusal
from enclave.feasibility.answering_snapshot import answering_snapshot
from enclave.feasibility.outcome import Cell, Coverage, Outcome, Remarks, Step
from enclave.feasibility.service import FeasibilityService
from enclave.feasibility.steward import ExactCount, exact_count
from enclave.projects import applications, free_text, overview, people
from enclave.projects.forms import FeasibilityRequestForm
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.feasibility_tables import FeasibilityOutcome
from enclave.warehouse.catalogue import Catalogue
from enclave.warehouse.snapshot import Snapshot


# Half a year: data and classifications go on, and a proposal should rest on a count
# that still holds.
VALID = timedelta(days=183)

_REMARK_LENGTH = 4_000


@dataclass(frozen=True)
class Answer:
    """What a data manager sees: the outcome as released, and the exact count."""

    outcome: Outcome
    exact: ExactCount


@dataclass(frozen=True)
class Wish:
    """A data manager's wish to answer.

    Attributes
    ----------
    reason
        Why an exact run is needed, for the audit log.
    version
        The version of the request that was looked at; null where none was.
    """

    application_id: int
    actor: str
    reason: str
    remarks: Remarks
    version: int | None = None


def answer(
    settings: Settings, database: Database, wish: Wish, *, clock: Clock = now
) -> Answer:
    """Run a request's question exactly, and release what the gate says about it.

    The outcome, the new state and the audit events are one transaction. Killed before
    it, nothing is released, and the next try costs the applicant nothing more.

    Raises
    ------
    NotFoundError
        If there is no such request that the actor may see, or nothing was loaded.
    InputError
        If there is no reason, or a remark cannot be used.
    StateConflict
        If the request is not in work, or changed meanwhile.
    PolicyRefusal
        If the actor may not answer it, or the gate refuses the question.
    """
    _check(wish.remarks)
    with database.begin() as session:
        applicant, version, form = _answerable(session, wish)
    _refuse_what_is_too_fine(form.population)
    exact = exact_count(
        settings, database, wish.actor, form.population, wish.reason, clock=clock
    )
    snapshot = answering_snapshot(settings)
    try:
        outcome = _outcome(
            FeasibilityService(settings, database),
            applicant,
            form,
            wish,
            snapshot,
            clock,
        )
    except PolicyRefusal as refusal:
        raise PolicyRefusal(
            f"The count gate refused, asked in the name of {applicant}: {refusal}"
        ) from None
    with database.begin() as session:
        applications.expect_version(session, wish.application_id, version)
        _release(session, outcome, clock)
    return Answer(outcome, exact)


def _check(remarks: Remarks) -> None:
    for name, text in remarks:
        if len(text) > _REMARK_LENGTH:
            raise InputError(
                f"{name} is longer than {_REMARK_LENGTH:,} characters: shorten it."
            )
    free_text.check_form(remarks.model_dump())


def _answerable(
    session: Session, wish: Wish
) -> tuple[str, int, FeasibilityRequestForm]:
    """Return applicant, version and form, if the actor may answer now."""
    application = applications.get(session, wish.application_id, wish.actor)
    if wish.version is not None:
        applications.expect_version(session, application.id, wish.version)
    account = people.get(session, wish.actor)
    possible = overview.possible(session, application, account)
    form = applications.form_of(application)
    if "answer" not in {one.action for one in possible} or not isinstance(
        form, FeasibilityRequestForm
    ):
        # Refuses in the words of what stands in the way: role, state or taking part.
        applications.act(session, application.id, "answer", wish.actor)
        raise TypeError(f"application {application.id} is no feasibility request")
    return application.created_by, application.version, form


def _refuse_what_is_too_fine(question: Question) -> None:
    # Before anybody pays: at the gate itself a refusal costs the applicant a question.
    found = refusals(question, policy().grammar)
    if found:
        reasons = "; ".join(dict.fromkeys(found))
        raise PolicyRefusal(
            "The gate would refuse this question, so no outcome can be released:"
            f" {reasons}. Ask the applicant for a coarser one, with what you suggest."
        )


def _outcome(
    service: FeasibilityService,
    applicant: str,
    form: FeasibilityRequestForm,
    wish: Wish,
    snapshot: Snapshot,
    clock: Clock,
) -> Outcome:
    question = form.population
    # Those first of which the applicant may have fewest left: if they are refused, no
    # others were paid for.
    availability = service.availability(
        applicant, question, form.variables, clock=clock
    )
    breakdowns = {
        by: service.breakdown(applicant, question, by, clock=clock)
        for by in form.counts_by
    }
    attrition = service.attrition(applicant, question, clock=clock)
    asked = {attrition.snapshot, availability.total.snapshot, snapshot.number}
    if asked != {snapshot.number}:
        raise InputError("Another snapshot answers since just now: answer once more.")
    today = clock().date()
    return Outcome(
        application=wish.application_id,
        question=question,
        question_digest=question.digest,
        snapshot=snapshot.number,
        snapshot_digest=snapshot.digest,
        loaded=snapshot.manifest.created.date(),
        steps=tuple(Step.model_validate(one) for one in attrition.steps),
        availability=tuple(Cell.model_validate(one) for one in availability.cells),
        breakdowns={
            by: tuple(Cell.model_validate(one) for one in cells.cells)
            for by, cells in breakdowns.items()
        },
        coverage=tuple(_coverage(form, snapshot.catalogue)),
        remarks=wish.remarks,
        policy=service.policy.digest,
        answered_by=wish.actor,
        answered=today,
        valid_until=today + VALID,
    )


def _coverage(form: FeasibilityRequestForm, catalogue: Catalogue) -> Iterator[Coverage]:
    """Say for each table of the variables which period it covers."""
    for name in dict.fromkeys(one.partition(".")[0] for one in form.variables):
        table = catalogue.table(name)
        yield Coverage(table=name, since=table.coverage_from, until=table.coverage_to)


def _release(session: Session, outcome: Outcome, clock: Clock) -> None:
    document = outcome.model_dump(mode="json")
    row = FeasibilityOutcome(
        application_id=outcome.application,
        snapshot=outcome.snapshot,
        snapshot_digest=outcome.snapshot_digest,
        question_digest=outcome.question_digest,
        document=canonical_json(document).decode(),
        digest=digest(document),
        answered_by=outcome.answered_by,
        answered=clock(),
        valid_until=outcome.valid_until,
    )
    session.add(row)
    session.flush()
    applications.act(
        session, outcome.application, "answer", outcome.answered_by, clock=clock
    )
    details = {
        "outcome": row.digest,
        "question": row.question_digest,
        "snapshot": row.snapshot,
        "snapshot_digest": row.snapshot_digest,
    }
    event = log.Event(
        outcome.answered_by,
        "feasibility_outcome.release",
        f"application:{outcome.application}",
        details,
    )
    log.record(session, event, clock=clock)
