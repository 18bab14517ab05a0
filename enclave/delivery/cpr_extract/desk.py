"""Prepare an extract: make its rows, encrypt them, and put them down for one person.

What is on disk is cipher text only, and only until it was taken or has expired. Each
step is a change of one row with its audit event in the same transaction, so of two who
come at once one is served.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave import durable
from enclave.canonical import canonical_json
from enclave.clock import Clock, now
from enclave.delivery.cpr_extract import release
from enclave.delivery.cpr_extract.content import Extract, extract
from enclave.delivery.cpr_extract.permit import Permit
from enclave.delivery.cpr_extract.record import State, state_of, tell, token_digest
from enclave.delivery.sealing import Sealed, seal
from enclave.errors import PolicyRefusal
from enclave.identity.vault import Vault
from enclave.lock import exclusive
from enclave.projects.people import SYSTEM
from enclave.settings import Settings
from enclave.signature import Signer
from enclave.store.database import Database
from enclave.store.delivery_tables import CprExtract
from enclave.warehouse.warehouse import Warehouse


LINK_HOLDS = timedelta(hours=72)


@dataclass(frozen=True)
class Secrets:
    """What opens an extract: the secret of its link, and a pass phrase.

    Attributes
    ----------
    pass_phrase
        Null where the recipient has a key.
    """

    token: str
    pass_phrase: str | None = None


@dataclass(frozen=True)
class Prepared:
    """What is told once, to the two who release: never stored.

    Attributes
    ----------
    link
        The extract's number and a secret, for the recipient.
    pass_phrase
        To be told another way than the link; null where the recipient has a key.
    """

    link: str
    pass_phrase: str | None
    persons: int
    rows: int
    left_out: int


def prepare(
    settings: Settings,
    database: Database,
    application: int,
    *,
    actor: str,
    given: Secrets | None = None,
    clock: Clock = now,
) -> Prepared:
    """Make and encrypt what two people have released.

    Parameters
    ----------
    given
        Secrets that were told already; new ones are made where there are none.

    Raises
    ------
    NotFoundError, PolicyRefusal, IntegrityError
        As :func:`release.permit_of`; also if one waits already, or the actor is
        neither of the two.
    """
    with exclusive(settings.extracts / ".lock"):
        _sweep(settings, database, clock)
        with database.begin() as session:
            permit = check(session, application, actor, clock)
        snapshot = Warehouse(settings).snapshot()
        made = extract(permit, snapshot, Vault.of(settings))
        given = given or Secrets(secrets.token_urlsafe(32))
        sealed = seal(made.csv, permit.recipient_key, given.pass_phrase)
        name = f"{secrets.token_hex(16)}{sealed.suffix}"
        durable.write_file(settings.extracts / name, sealed.content, mode=0o600)
        with database.begin() as session:
            # Asked again: it took a while, and somebody may have revoked it.
            if release.permit_of(session, application, clock) != permit:
                raise PolicyRefusal(f"CPR extract {application} was changed meanwhile.")
            row = _row(permit, sealed, name, actor, clock)
            row.application_id = application
            row.form_digest = release.application(session, application).form_digest
            row.statement = _statement(settings, permit, made, snapshot.number)
            row.token_digest = token_digest(given.token)
            session.add(row)
            session.flush()
            tell(session, row, "prepare", actor, clock, persons=made.persons)
            link = f"{row.id}.{given.token}"
    return Prepared(link, sealed.pass_phrase, made.persons, made.rows, made.left_out)


def check(session: Session, application: int, actor: str, clock: Clock) -> Permit:
    """Return what was released, if the actor may have it prepared now.

    Raises
    ------
    NotFoundError, PolicyRefusal, IntegrityError
        As :func:`prepare`.
    """
    permit = release.permit_of(session, application, clock)
    _check_actor(session, application, actor)
    _check_none(session, application, clock)
    return permit


def sweep(settings: Settings, database: Database, *, clock: Clock = now) -> None:
    """Remove cipher text that nobody may take any more, or that is on no record."""
    with exclusive(settings.extracts / ".lock"):
        _sweep(settings, database, clock)


def _sweep(settings: Settings, database: Database, clock: Clock) -> None:
    durable.sweep_partials(settings.extracts)
    with database.begin() as session:
        waiting = select(CprExtract).where(CprExtract.state == State.WAITING)
        for row in session.scalars(waiting.with_for_update()):
            if row.expires < clock():
                row.state = State.EXPIRED
                tell(session, row, "expire", SYSTEM, clock)
        session.flush()
        wanted = set(session.scalars(waiting.with_only_columns(CprExtract.file)))
    for path in settings.extracts.glob("[0-9a-f]*.*"):
        if path.name not in wanted:
            path.unlink(missing_ok=True)


def _row(
    permit: Permit, sealed: Sealed, file: str, actor: str, clock: Clock
) -> CprExtract:
    return CprExtract(
        recipient=permit.recipient,
        state=State.WAITING,
        file=file,
        sha256=hashlib.sha256(sealed.content).hexdigest(),
        attempts=0,
        prepared=clock(),
        prepared_by=actor,
        expires=clock() + LINK_HOLDS,
    )


def _check_actor(session: Session, application: int, actor: str) -> None:
    released = release.application(session, application)
    if actor not in release.releasers(session, released):
        raise PolicyRefusal(
            f"{actor} did not release CPR extract {application}: one of the two who did"
            " prepares it."
        )


def _check_none(session: Session, application: int, clock: Clock) -> None:
    before = session.scalars(
        select(CprExtract).where(CprExtract.application_id == application)
    )
    for row in before:
        if state_of(row, clock()) in {State.WAITING, State.TAKEN, State.DESTROYED}:
            raise PolicyRefusal(
                f"CPR extract {application} was prepared before and is {row.state}: it"
                " is given once. Apply for another."
            )


def _statement(settings: Settings, permit: Permit, made: Extract, snapshot: int) -> str:
    """Sign what the list holds: the proof that no column about health is in it."""
    document = {
        "document": "cpr-extract",
        "project": permit.project,
        "purpose": permit.purpose,
        "columns": list(made.columns),
        "sources": made.sources,
        "snapshot": snapshot,
        "persons": made.persons,
        "rows": made.rows,
        "left_out": made.left_out,
    }
    return canonical_json(Signer.load(settings).sign(document)).decode()
