"""People who may sign in: their roles, user agreement and yearly training."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.audit import log
from enclave.clock import Clock, now
from enclave.errors import InputError, NotFoundError, PolicyRefusal
from enclave.store.project_tables import Account


__all__ = [
    "SYSTEM",
    "Account",
    "Person",
    "Role",
    "by_email",
    "everybody",
    "get",
    "register",
]

# Who acts where no person does.
SYSTEM = "system"

# JupyterHub's own user names become folders and socket names: keep to the safe core.
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NAME_LENGTH = 32
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Role(StrEnum):
    """What an account may decide."""

    RESEARCHER = "researcher"
    DATA_MANAGER = "data_manager"
    CORE = "core"
    CHECKER = "checker"
    AUDITOR = "auditor"
    SAC = "sac"
    EXCOM = "excom"
    BIOBANK_COORDINATOR = "biobank_coordinator"


# Who may ask how many patients there are, through whichever door.
MAY_COUNT = frozenset({Role.RESEARCHER, Role.DATA_MANAGER, Role.CORE})


@dataclass(frozen=True)
class Person:
    """Who is to be registered.

    Attributes
    ----------
    name
        Account name: lower-case letters, digits and single hyphens.
    agreement_until, training_until
        Last days on which the user agreement and the yearly training hold.
    """

    name: str
    display_name: str
    email: str
    institution: str
    roles: Collection[str]
    agreement_until: date | None = None
    training_until: date | None = None


def register(
    session: Session, person: Person, *, actor: str, clock: Clock = now
) -> Account:
    """Add an account, or bring an existing one of that name up to date.

    Parameters
    ----------
    actor
        A data manager, who may not change their own account; or ``system`` for whoever
        runs the installation.

    Raises
    ------
    InputError
        If the name, the e-mail or a role cannot be used.
    PolicyRefusal
        If the actor may not do this.
    """
    _check_actor(session, person, actor)
    _check(session, person)
    wanted = {
        "display_name": person.display_name,
        "email": person.email.lower(),
        "institution": person.institution,
        "roles": frozenset(Role(role).value for role in person.roles),
        "agreement_until": person.agreement_until,
        "training_until": person.training_until,
    }
    account = session.get(Account, person.name)
    if account and all(getattr(account, key) == wanted[key] for key in wanted):
        return account
    change = "account.change" if account else "account.add"
    account = session.merge(Account(name=person.name, **wanted))
    session.flush()
    details = {**wanted, "roles": sorted(account.roles)}
    del details["display_name"], details["email"]
    event = log.Event(actor, change, f"account:{person.name}", details)
    log.record(session, event, clock=clock)
    return account


def get(session: Session, name: str) -> Account:
    """Return an account.

    Raises
    ------
    NotFoundError
        If nobody has an account of that name.
    """
    account = session.get(Account, name)
    if account is None:
        raise NotFoundError(
            f"There is no account {name!r}: look at the list of people, or ask a data"
            " manager to add one."
        )
    return account


def by_email(session: Session, email: str) -> Account | None:
    """Return the account with an e-mail address, whatever its case."""
    return session.scalars(
        select(Account).where(func.lower(Account.email) == email.strip().lower())
    ).one_or_none()


def everybody(session: Session) -> list[Account]:
    """Return all accounts by name."""
    return list(session.scalars(select(Account).order_by(Account.name)))


def _check_actor(session: Session, person: Person, actor: str) -> None:
    if actor == SYSTEM:
        return
    if Role.DATA_MANAGER not in get(session, actor).roles:
        raise PolicyRefusal(
            f"{actor} is no data manager, and only data managers add or change people:"
            " ask one of them."
        )
    if actor == person.name:
        raise PolicyRefusal(
            f"Nobody changes their own account, and {actor} is yours: ask another data"
            " manager."
        )


def _check(session: Session, person: Person) -> None:
    if (
        person.name == SYSTEM
        or not _NAME.fullmatch(person.name)
        or len(person.name) > _NAME_LENGTH
    ):
        raise InputError(
            f"{person.name!r} cannot be an account name: use 1 to {_NAME_LENGTH}"
            " lower-case letters, digits and single hyphens, a letter first."
        )
    if not _EMAIL.fullmatch(person.email):
        raise InputError(
            f"{person.email!r} is not an e-mail address: give the institutional one,"
            " such as name@regionh.dk."
        )
    unknown = sorted({str(role) for role in person.roles} - {*Role})
    if unknown:
        raise InputError(
            f"There is no role {unknown[0]!r}: the roles are {', '.join(Role)}."
        )
    other = by_email(session, person.email)
    if other is not None and other.name != person.name:
        raise InputError(
            f"{person.email} belongs to account {other.name}: an e-mail names one"
            " person."
        )
