"""What reviewers say: votes, comments on sections, and who stepped aside.

A reviewer sees no other vote before their own is given. A vote is about one version of
the form: a changed form is voted on again. Comments reach the applicant together with
the decision that they explain; hidden ones, and the reviewers' names, never do.
"""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, PolicyRefusal
from enclave.projects import free_text, kinds, ownership, people, records
from enclave.projects.forms.reading import FORMS
from enclave.projects.machine import StateConflict, spoken
from enclave.store.project_tables import Account, Application
from enclave.store.review_tables import (
    ApplicationComment,
    ApplicationRecusal,
    ApplicationVote,
)


MAXIMUM_TEXT = 4_000
# A comment on the application as a whole.
WHOLE = "form"


class Choice(StrEnum):
    """What a reviewer recommends."""

    APPROVE = "approve"
    CONDITIONS = "conditions"
    CHANGES = "changes"
    REJECT = "reject"


@dataclass(frozen=True)
class Vote:
    """A reviewer's recommendation, with a score from 1 (poor) to 5 (excellent)."""

    choice: str
    score: int
    remark: str
    hidden_remark: str = ""


@dataclass(frozen=True)
class Comment:
    """What to say about a section, or with :data:`WHOLE` about all of the form."""

    field: str
    text: str
    hidden: bool = False


def vote(
    session: Session, application_id: int, given: Vote, actor: str, clock: Clock = now
) -> ApplicationVote:
    """Give one's vote on the form as it is; a second one replaces the first.

    Raises
    ------
    PolicyRefusal
        If the actor's role has no vote, or they take part or stepped aside.
    StateConflict
        If it is not under review.
    InputError
        If the vote is not whole.
    """
    application, account = _seen(session, application_id, actor)
    voting = kinds.of(application.kind).voting
    if voting is None or voting.role not in account.roles:
        raise PolicyRefusal(
            f"{actor} has no vote on {records.name(application)}: leave a comment."
        )
    if application.state != voting.state:
        raise StateConflict(
            f"The {records.name(application)} is {spoken(application.state)}; votes are"
            f" given while it is in {spoken(voting.state)}."
        )
    _check_not_own(session, application, account)
    _check_vote(given)
    made = ApplicationVote(
        application_id=application.id,
        account=actor,
        form_digest=application.form_digest,
        choice=Choice(given.choice).value,
        score=given.score,
        remark=given.remark.strip(),
        hidden_remark=given.hidden_remark.strip(),
        at=clock(),
    )
    made = session.merge(made)
    session.flush()
    records.record(session, application, actor, "vote", clock, choice=made.choice)
    return made


def comment(
    session: Session,
    application_id: int,
    given: Comment,
    actor: str,
    clock: Clock = now,
) -> ApplicationComment:
    """Comment on a section; the applicant reads it with the next decision.

    Raises
    ------
    PolicyRefusal
        If the actor's role does not review this kind, or they take part.
    InputError
        If there is no such section, or no text.
    """
    application, account = _seen(session, application_id, actor)
    if not kinds.of(application.kind).commentators & account.roles:
        raise PolicyRefusal(
            f"{actor} does not review {spoken(application.kind)}s: tell a data manager."
        )
    _check_not_own(session, application, account)
    sections = FORMS[application.kind].model_fields
    if given.field != WHOLE and given.field not in sections:
        raise InputError(f"{given.field!r} is no section of this form: choose one.")
    _check_text(given.text)
    made = ApplicationComment(
        application_id=application.id,
        field=given.field,
        text=given.text.strip(),
        hidden=given.hidden,
        author=actor,
        at=clock(),
        released=None,
        form_digest=application.form_digest,
    )
    session.add(made)
    session.flush()
    records.record(session, application, actor, "comment", clock, field=given.field)
    return made


def recuse(
    session: Session, application_id: int, reason: str, actor: str, clock: Clock = now
) -> None:
    """Step aside: from now on this person decides nothing about the application.

    Raises
    ------
    InputError
        If no reason is given.
    PolicyRefusal
        If the actor has nothing to decide here.
    """
    application, account = _seen(session, application_id, actor)
    if not kinds.of(application.kind).commentators & account.roles:
        raise PolicyRefusal(
            f"{actor} decides nothing about {records.name(application)}: there is"
            " nothing to step aside from."
        )
    _check_text(reason)
    if session.get(ApplicationRecusal, (application.id, actor)) is not None:
        return
    session.add(
        ApplicationRecusal(
            application_id=application.id,
            account=actor,
            reason=reason.strip(),
            at=clock(),
        )
    )
    session.flush()
    subject = f"application:{application.id}"
    event = log.Event(actor, "application.recuse", subject, {"reason": reason.strip()})
    log.record(session, event, clock=clock)


def votes_on(session: Session, application: Application) -> list[ApplicationVote]:
    """Return the votes that count: on this form, of people who may decide."""
    stepped_aside = select(ApplicationRecusal.account).where(
        ApplicationRecusal.application_id == application.id
    )
    return list(
        session.scalars(
            select(ApplicationVote)
            .where(
                ApplicationVote.application_id == application.id,
                ApplicationVote.form_digest == application.form_digest,
                ApplicationVote.account.not_in(stepped_aside),
            )
            .order_by(ApplicationVote.at, ApplicationVote.account)
        )
    )


def comments_on(session: Session, application: Application) -> list[ApplicationComment]:
    """Return all comments, the first one first."""
    return list(
        session.scalars(
            select(ApplicationComment)
            .where(ApplicationComment.application_id == application.id)
            .order_by(ApplicationComment.id)
        )
    )


def release(session: Session, application: Application, clock: Clock) -> None:
    """Let the applicant read what was said about the form until now."""
    session.execute(
        update(ApplicationComment)
        .where(
            ApplicationComment.application_id == application.id,
            ApplicationComment.released.is_(None),
            ApplicationComment.hidden.is_(False),
        )
        .values(released=clock())
    )


def _seen(
    session: Session, application_id: int, actor: str
) -> tuple[Application, Account]:
    application = records.locked(session, application_id)
    account = people.get(session, actor)
    records.require_sight(session, application, account)
    return application, account


def _check_not_own(
    session: Session, application: Application, account: Account
) -> None:
    if ownership.barred(session, application, account):
        raise PolicyRefusal(
            f"Nobody decides on their own project, and {account.name} takes part in"
            f" {records.name(application)} or stepped aside: leave it to a colleague."
        )


def _check_vote(given: Vote) -> None:
    if given.choice not in {*Choice}:
        raise InputError(f"There is no such vote: choose {', '.join(Choice)}.")
    if not 1 <= given.score <= 5:
        raise InputError("A score is a number from 1 (poor) to 5 (excellent).")
    _check_text(given.remark)
    if given.hidden_remark:
        _check_text(given.hidden_remark)


def _check_text(text: str) -> None:
    if not text.strip():
        raise InputError("There is no text: write what you think, and why.")
    if len(text) > MAXIMUM_TEXT:
        raise InputError(f"It is longer than {MAXIMUM_TEXT:,} characters: shorten it.")
    free_text.check_reason(text)
