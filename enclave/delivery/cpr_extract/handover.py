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
# Whether there is such an extract is said to its recipient alone.
_NOT_KNOWN = (
    "The link is not known, or not yours: it was mistyped or cut off, or made for"
    " somebody else. Copy it whole, and sign in as the person it was made for."
)
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

    A wrong secret of the recipient's is counted; after five the link is dead. Others
    end nobody's link: what they try is written down, and they learn nothing.

    Raises
    ------
    PolicyRefusal
        If the link is not the actor's, was used or replaced, has expired or is blocked,
        or what was released does not hold any more.
    IntegrityError
        If the cipher text was changed.
    """
    with database.begin() as session:
        row, secret = _row_of(session, link)
        refusal = _wrong_attempt(session, row, secret, actor, clock)
        if refusal is None:
            _check_waiting(session, row, clock)
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

    To look costs no attempt, and tells nothing of the secret in the link, unless it is
    that of an earlier extract. There is none for anybody else, and where the link is
    none.
    """
    try:
        row, _ = _row_of(session, link)
    except PolicyRefusal:
        return None
    return row if row.recipient == actor else None


def is_replaced(session: Session, row: CprExtract) -> bool:
    """Return whether another extract was made in the place of one not taken."""
    newer = select(CprExtract.id).where(
        CprExtract.application_id == row.application_id, CprExtract.id > row.id
    )
    return session.scalars(newer.limit(1)).one_or_none() is not None


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
        made = session.scalars(
            select(CprExtract)
            .where(CprExtract.application_id == int(number))
            .order_by(CprExtract.id.desc())
            .with_for_update()
        ).all()
        # An earlier link opens nothing, but it is no guess at the last one's secret.
        fitting = (one for one in made if _fits(one, secret))
        found = next(fitting, made[0] if made else None)
    elif known:
        found = session.get(CprExtract, int(number), with_for_update=True)
    if found is None:
        raise PolicyRefusal(_NOT_KNOWN)
    return found, secret


def _fits(row: CprExtract, secret: str) -> bool:
    return hmac.compare_digest(row.token_digest, token_digest(secret))


def _wrong_attempt(
    session: Session, row: CprExtract, secret: str, actor: str, clock: Clock
) -> PolicyRefusal | None:
    """Return why an attempt is wrong, written down; none if the link is the actor's.

    A recipient whose link is over is told so, whatever the secret: nothing is left to
    guess.
    """
    if row.recipient != actor:
        tell(session, row, "refuse", actor, clock, attempts=row.attempts)
        return PolicyRefusal(_NOT_KNOWN)
    if _fits(row, secret) or state_of(row, clock()) is not State.WAITING:
        return None
    row.attempts += 1
    if row.attempts >= MOST_ATTEMPTS:
        row.state = State.BLOCKED
    tell(session, row, "refuse", actor, clock, attempts=row.attempts)
    return PolicyRefusal(
        f"The link is not whole: copy all of it. After {MOST_ATTEMPTS} such attempts it"
        f" is dead; this was number {row.attempts}."
    )


def _check_waiting(session: Session, row: CprExtract, clock: Clock) -> None:
    state = state_of(row, clock())
    if state is State.WAITING:
        return
    if is_replaced(session, row):
        raise PolicyRefusal(
            "The link was replaced: the extract was prepared again. Use the link that"
            " you were sent last."
        )
    if row.state == State.WAITING:
        raise PolicyRefusal(
            f"The link expired on {row.expires:%Y-%m-%d %H:%M} UTC. Ask those who"
            " released the extract to prepare it again."
        )
    reasons = {
        State.TAKEN: "was used already, and works once",
        State.DESTROYED: "was used already, and works once",
        State.EXPIRED: "has expired",
        State.BLOCKED: f"was tried wrongly {MOST_ATTEMPTS} times, and is dead",
    }
    raise PolicyRefusal(
        f"The link {reasons[state]}. Ask those who released the extract."
    )


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
