"""The register of institutions: who may have users here, and who is their host.

A person works here for an institution that is authorised; one from abroad works under
a Danish host, which is authorised itself. To suspend an institution closes the
workspaces of all its people within a minute.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.projects import free_text, people
from enclave.projects.people import SYSTEM, Role
from enclave.store.certification_tables import Institution


MAY_AUTHORISE = frozenset({Role.CORE, Role.DATA_MANAGER})
"""Who may authorise institutions, suspend them and end it."""

DENMARK = "DK"

_LONGEST_REASON = 500


class InstitutionState(StrEnum):
    """Whether an institution may have users."""

    AUTHORISED = "authorised"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True)
class Wanted:
    """An institution to be authorised.

    Attributes
    ----------
    host
        For one from abroad: the Danish institution under which its people work.
    until
        Last day on which the authorisation holds; null where it names none.
    """

    name: str
    country: str = DENMARK
    host: str = ""
    until: date | None = None


def authorise(
    session: Session, wanted: Wanted, reason: str, actor: str, clock: Clock = now
) -> Institution:
    """Authorise an institution, or authorise one again under other terms.

    Raises
    ------
    InputError
        If it is not named, or its host cannot be one.
    PolicyRefusal
        If the actor may not do this.
    """
    _check_role(session, actor)
    name, host = " ".join(wanted.name.split()), wanted.host.strip()
    _check(session, name, wanted.country, host, clock().date())
    if wanted.until is not None and wanted.until < clock().date():
        raise InputError("The last day has passed: give a later one, or none.")
    made = session.get(Institution, name, with_for_update=True)
    terms = (wanted.country, host or None, wanted.until)
    if (
        made is not None
        and made.state == InstitutionState.AUTHORISED
        and (made.country, made.host, made.until) == terms
    ):
        return made
    made = made or Institution(name=name)
    made.country, made.host, made.until = terms
    session.add(made)
    _move(session, made, InstitutionState.AUTHORISED, reason, actor, clock)
    return made


def change(
    session: Session,
    name: str,
    state: InstitutionState,
    reason: str,
    actor: str,
    clock: Clock = now,
) -> Institution:
    """Suspend an institution, end its authorisation, or let it go on.

    Raises
    ------
    NotFoundError
        If it is not on the register.
    InputError
        If no reason is given: its people are shown it.
    PolicyRefusal
        If the actor may not do this.
    """
    _check_role(session, actor)
    found = session.get(Institution, name, with_for_update=True)
    if found is None:
        raise NotFoundError(_unknown(name))
    if not reason.strip():
        raise InputError("Give a reason: the people of the institution are shown it.")
    if found.state != state:
        _move(session, found, state, reason.strip(), actor, clock)
    return found


def every(session: Session) -> list[Institution]:
    """Return the register by name."""
    return list(session.scalars(select(Institution).order_by(Institution.name)))


def why_not(session: Session, name: str, today: date) -> str:
    """Return why people of an institution may not work here; empty where they may."""
    found = session.get(Institution, name)
    if found is None:
        return _unknown(name)
    if found.state != InstitutionState.AUTHORISED:
        return (
            f"{name} is {found.state} as an institution: {found.reason} Ask the CORE"
            " group."
        )
    if found.until is not None and found.until < today:
        return f"The authorisation of {name} ended on {found.until}: have it renewed."
    if found.host is None:
        return ""
    host = session.get(Institution, found.host)
    if host is None or host.country != DENMARK:
        return (
            f"{name} lies abroad, and its host {found.host} is no Danish institution:"
            " ask the CORE group for another host."
        )
    return why_not(session, host.name, today)


def is_danish_host(session: Session, name: str, today: date) -> bool:
    """Return whether people from abroad may work under an institution."""
    found = session.get(Institution, name.strip())
    return (
        found is not None
        and found.country == DENMARK
        and not why_not(session, found.name, today)
    )


def _check(session: Session, name: str, country: str, host: str, today: date) -> None:
    if not 2 <= len(name) <= 200:
        raise InputError("Name the institution, in 2 to 200 letters.")
    if not re.fullmatch("[A-Z]{2}", country):
        raise InputError("Give the country by its two letters, such as DK or SE.")
    if country == DENMARK and host:
        raise InputError("A Danish institution needs no host: leave it out.")
    if country != DENMARK and (guest := _guest_of(session, name)):
        raise InputError(
            f"{name} is the Danish host of {guest}: give {guest} another host first."
        )
    if country != DENMARK and (
        host == name or not is_danish_host(session, host, today)
    ):
        raise InputError(
            f"{name} lies abroad, and its people work under a Danish institution that"
            " is authorised: name it as the host."
        )


def _guest_of(session: Session, name: str) -> str | None:
    guest = select(Institution.name).where(Institution.host == name).limit(1)
    return session.scalars(guest).one_or_none()


def _check_role(session: Session, actor: str) -> None:
    if actor != SYSTEM and not MAY_AUTHORISE & people.get(session, actor).roles:
        raise PolicyRefusal(
            "To authorise institutions takes the role core or data_manager, and"
            f" {actor} holds neither: ask one of them."
        )


def _move(
    session: Session,
    found: Institution,
    state: InstitutionState,
    reason: str,
    actor: str,
    clock: Clock,
) -> None:
    for text in (found.name, reason):
        free_text.check_reason(text)
    if len(reason) > _LONGEST_REASON:
        raise InputError(f"Give the reason in {_LONGEST_REASON} letters or fewer.")
    found.state, found.reason = state.value, reason.strip()
    found.changed, found.changed_by = clock(), actor
    session.flush()
    details = {
        "state": state.value,
        "country": found.country,
        "host": found.host,
        "until": found.until,
        "reason": found.reason,
    }
    event = log.Event(actor, "institution.change", f"institution:{found.name}", details)
    log.record(session, event, clock=clock)


def _unknown(name: str) -> str:
    return (
        f"{name} is not on the register of authorised institutions: ask the CORE group"
        " or a data manager to authorise it."
    )
