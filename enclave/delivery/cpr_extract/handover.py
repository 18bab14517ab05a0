"""Hand an extract over, once, and have its destruction confirmed."""

import hashlib
import hmac
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.clock import Clock, now
from enclave.delivery.cpr_extract import release
from enclave.delivery.cpr_extract.record import State, state_of, tell, token_digest
from enclave.errors import IntegrityError, NotFoundError, PolicyRefusal
from enclave.projects import applications, evidence, notices, ownership, people
from enclave.settings import Settings
from enclave.store.database import Database
from enclave.store.delivery_tables import CprExtract


MOST_ATTEMPTS = 5
# A link that was told before the extract was made names its application.
OF_APPLICATION = "a"
# So long after it was taken, its destruction is asked for.
REMIND_AFTER = timedelta(days=90)


def take(
    settings: Settings,
    database: Database,
    link: str,
    *,
    actor: str,
    clock: Clock = now,
) -> tuple[str, bytes]:
    """Hand the cipher text to its recipient, once: a file name and its content.

    A wrong attempt is counted, whoever makes it; after five the link is dead.

    Raises
    ------
    PolicyRefusal
        If the link is not the actor's, was used, has expired or is blocked, or what
        was released does not hold any more.
    IntegrityError
        If the cipher text was changed.
    """
    refusal: PolicyRefusal | None = None
    with database.begin() as session:
        row, secret = _row_of(session, link)
        if row.recipient != actor or not _fits(row, secret):
            refusal = _count_attempt(session, row, actor, clock)
        else:
            _check_waiting(row, clock)
            release.permit_of(session, row.application_id, clock)
            content = _content(settings, row)
            row.state, row.taken = State.TAKEN, clock()
            tell(session, row, "take", actor, clock)
            _go_on(session, row, "download", actor, clock)
            name = f"extract-{row.application_id}{Path(row.file).suffix}"
            path = settings.extracts / row.file
    if refusal is not None:
        raise refusal
    path.unlink(missing_ok=True)
    return name, content


def own_extract(session: Session, link: str, actor: str) -> CprExtract | None:
    """Return the extract that a link names, to its recipient alone.

    The secret in the link is not looked at, so that to look costs no attempt and tells
    nothing of it. There is none for anybody else, and where the link is none.
    """
    try:
        row, _ = _row_of(session, link)
    except PolicyRefusal:
        return None
    return row if row.recipient == actor else None


def confirm_destruction(
    database: Database, number: int, *, actor: str, clock: Clock = now
) -> None:
    """Record the recipient's word that the list was destroyed.

    Raises
    ------
    NotFoundError
        If the actor has no such list.
    PolicyRefusal
        If it was never taken, or was confirmed before.
    """
    with database.begin() as session:
        row = session.get(CprExtract, number, with_for_update=True)
        if row is None or row.recipient != actor:
            raise NotFoundError(f"{actor} has been given no CPR extract {number}.")
        if row.state != State.TAKEN:
            raise PolicyRefusal(
                f"CPR extract {number} is {row.state}: only one that was taken is"
                " confirmed to be destroyed."
            )
        row.state, row.destroyed = State.DESTROYED, clock()
        tell(session, row, "confirm_destruction", actor, clock)
        _go_on(session, row, "confirm_destruction", actor, clock)


def overdue(session: Session, clock: Clock = now) -> list[CprExtract]:
    """Return the lists whose destruction nobody has confirmed in time."""
    return list(
        session.scalars(
            select(CprExtract)
            .where(CprExtract.state == State.TAKEN)
            .where(CprExtract.taken <= clock() - REMIND_AFTER)
            .order_by(CprExtract.taken)
        )
    )


def remind(session: Session, clock: Clock = now) -> int:
    """Remind who took a list and has not confirmed that it is destroyed.

    Whoever leads the application as well is reminded of that, and not twice.
    """
    told = 0
    for row in overdue(session, clock):
        application = release.application(session, row.application_id)
        who = people.get(session, row.recipient)
        if row.taken and not ownership.leads(session, application, who):
            due = (row.taken + REMIND_AFTER).date()
            told += notices.of_list(session, application, who, due, clock)
    return told


def _go_on(
    session: Session, row: CprExtract, action: str, actor: str, clock: Clock
) -> None:
    """Take the application on, where the recipient may; else who made it does."""
    application = release.application(session, row.application_id)
    if action == "download":
        taken = {"extract": row.id, "sha256": row.sha256}
        evidence.put(session, application, action, taken, actor=actor, clock=clock)
    if ownership.leads(session, application, people.get(session, actor)):
        said = f"Extract {row.id} and every copy of it are destroyed."
        applications.act(session, application.id, action, actor, said, clock)


def _row_of(session: Session, link: str) -> tuple[CprExtract, str]:
    number, _, secret = link.strip().rpartition("/")[2].partition(".")
    of_application = number.startswith(OF_APPLICATION)
    number = number.removeprefix(OF_APPLICATION)
    known = number.isascii() and number.isdecimal() and len(number) < 10 and secret
    found = None
    if known and of_application:
        found = session.scalars(
            select(CprExtract)
            .where(CprExtract.application_id == int(number))
            .order_by(CprExtract.id.desc())
            .limit(1)
            .with_for_update()
        ).one_or_none()
    elif known:
        found = session.get(CprExtract, int(number), with_for_update=True)
    if found is None:
        raise PolicyRefusal(
            "The link is not known: it was mistyped or cut off. Copy it whole."
        )
    return found, secret


def _fits(row: CprExtract, secret: str) -> bool:
    return hmac.compare_digest(row.token_digest, token_digest(secret))


def _count_attempt(
    session: Session, row: CprExtract, actor: str, clock: Clock
) -> PolicyRefusal:
    row.attempts += 1
    if row.attempts >= MOST_ATTEMPTS and row.state == State.WAITING:
        row.state = State.BLOCKED
    tell(session, row, "refuse", actor, clock, attempts=row.attempts)
    return PolicyRefusal(
        "The link is not yours, or not whole: only the person it was made for can use"
        f" it. After {MOST_ATTEMPTS} such attempts it is dead; this was number"
        f" {row.attempts}."
    )


def _check_waiting(row: CprExtract, clock: Clock) -> None:
    if row.state == State.WAITING and state_of(row, clock()) is State.EXPIRED:
        raise PolicyRefusal(
            f"The link expired on {row.expires:%Y-%m-%d %H:%M} UTC. Ask those who"
            " released the extract to prepare it again."
        )
    reasons = {
        State.TAKEN: "was used already, and works once",
        State.DESTROYED: "was used already, and works once",
        State.EXPIRED: "has expired",
        State.BLOCKED: f"was tried by others {MOST_ATTEMPTS} times, and is dead",
    }
    reason = reasons.get(State(row.state))
    if reason is not None:
        raise PolicyRefusal(f"The link {reason}. Ask those who released the extract.")


def _content(settings: Settings, row: CprExtract) -> bytes:
    try:
        content = (settings.extracts / row.file).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != row.sha256:
        raise IntegrityError(
            f"The file of CPR extract {row.id} is not the one that was prepared."
            " Nothing was handed over; have it prepared again."
        )
    return content
