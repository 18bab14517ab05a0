"""Read the user agreement that is in force, accept it, and know who has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.canonical import digest
from enclave.clock import Clock, now
from enclave.errors import InputError
from enclave.projects import people
from enclave.projects.machine import StateConflict
from enclave.store.certification_tables import AgreementAcceptance
from enclave.store.project_tables import Account


LANGUAGES = ("en", "da")


@dataclass(frozen=True)
class Agreement:
    """One version of the text.

    Attributes
    ----------
    since
        First day on which it is the one that holds.
    days
        For so long an acceptance holds.
    text
        By language: headings with their paragraphs.
    """

    version: str
    since: date
    days: int
    text: Mapping[str, tuple[tuple[str, str], ...]]

    @property
    def digest(self) -> str:
        """The hash of the text in all its languages."""
        return digest({name: [*map(list, said)] for name, said in self.text.items()})


def current(today: date, versions: tuple[Agreement, ...] | None = None) -> Agreement:
    """Return the version that is in force on a day; before the first, the first."""
    known = versions or every_version()
    started = [one for one in known if one.since <= today]
    return started[-1] if started else known[0]


@cache
def every_version() -> tuple[Agreement, ...]:
    """Return every version of the text, the oldest first."""
    folder = files(__package__)
    names = (one.name for one in folder.iterdir() if one.name.endswith(".yaml"))
    found = [_read((folder / name).read_text("utf-8")) for name in names]
    return tuple(sorted(found, key=lambda one: one.since))


def accept(
    session: Session, actor: str, version: str, language: str, clock: Clock = now
) -> AgreementAcceptance:
    """Record that a person accepts the agreement, and until when that holds.

    Raises
    ------
    StateConflict
        If another version is in force: it must be read before it is accepted.
    InputError
        If the text is not there in that language.
    """
    today = clock().date()
    text = current(today)
    if version != text.version:
        raise StateConflict(
            f"The user agreement is version {text.version} now: read it, then accept."
        )
    if language not in LANGUAGES:
        raise InputError(f"The agreement is there in {' and '.join(LANGUAGES)}.")
    account = people.get(session, actor)
    account.agreement_until = today + timedelta(days=text.days)
    made = AgreementAcceptance(
        account=actor,
        version=text.version,
        text_digest=text.digest,
        language=language,
        accepted=clock(),
        until=account.agreement_until,
    )
    session.add(made)
    session.flush()
    details = {"version": text.version, "text": text.digest, "until": made.until}
    event = log.Event(actor, "agreement.accept", f"account:{actor}", details)
    log.record(session, event, clock=clock)
    return made


def accepted_by(session: Session, account: str) -> list[AgreementAcceptance]:
    """Return what a person accepted, the latest first."""
    return list(
        session.scalars(
            select(AgreementAcceptance)
            .where(AgreementAcceptance.account == account)
            .order_by(AgreementAcceptance.id.desc())
        )
    )


def why_not(
    session: Session,
    account: Account,
    today: date,
    versions: tuple[Agreement, ...] | None = None,
) -> str:
    """Return why a person's agreement does not hold on a day; empty where it does.

    Where a data manager registered one that was signed on paper, its date holds.
    """
    what = "user agreement"
    if account.agreement_until is None:
        return (
            f"{account.name} has not accepted the {what}: read and accept it in the"
            f" portal, under {what.capitalize()}."
        )
    if account.agreement_until < today:
        return (
            f"The {what} of {account.name} ended on {account.agreement_until}: accept"
            f" it again in the portal, under {what.capitalize()}."
        )
    text = current(today, versions)
    accepted = accepted_by(session, account.name)
    if accepted and accepted[0].version != text.version:
        return (
            f"The {what} has a new text since {text.since}, and {account.name} accepted"
            f" version {accepted[0].version}: read and accept it in the portal, under"
            f" {what.capitalize()}."
        )
    return ""


def _read(text: str) -> Agreement:
    document = yaml.safe_load(text)
    said = {
        language: tuple((one["heading"], one["text"]) for one in document[language])
        for language in LANGUAGES
    }
    version = str(document["version"])
    return Agreement(version, document["from"], document["days"], said)
