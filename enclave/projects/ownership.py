"""Whose an application is: who leads it, who takes part, who may see it.

A person takes part who made the application, is named in its group, or is or was a
member of its project. Whoever takes part never decides.
"""

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import Session

from enclave.projects.people import Role
from enclave.store.project_tables import (
    Account,
    Application,
    ApplicationPerson,
    Membership,
)


# They see every application that was handed in.
_OVERSEERS = frozenset({Role.CORE, Role.DATA_MANAGER, Role.AUDITOR})


def leads(session: Session, application: Application, account: Account) -> bool:
    """Return whether a person may submit, change and withdraw an application."""
    return _holds(session, application, led_by(account))


def takes_part(session: Session, application: Application, account: Account) -> bool:
    """Return whether a person is on the applicant's side, so that others decide."""
    return _holds(session, application, on_the_side_of(account))


def visible_to(account: Account) -> ColumnElement[bool]:
    """Return the condition on ``application`` that lets an account see it."""
    oversees = bool(_OVERSEERS & account.roles)
    handed_in = Application.state != "draft" if oversees else false()
    return or_(handed_in, on_the_side_of(account))


def may_see(session: Session, application: Application, account: Account) -> bool:
    """Return whether a person may read an application."""
    return _holds(session, application, visible_to(account))


def led_by(account: Account) -> ColumnElement[bool]:
    """Return the condition on ``application`` that an account leads it."""
    return or_(
        Application.created_by == account.name,
        _named(account, "leader"),
        _member(account, "leader"),
    )


def on_the_side_of(account: Account) -> ColumnElement[bool]:
    """Return the condition on ``application`` that an account takes part in it."""
    return or_(
        Application.created_by == account.name, _named(account), _member(account)
    )


# Not correlated: the database looks up once what is mine, and not once for each row.
def _named(account: Account, *roles: str) -> ColumnElement[bool]:
    mine = select(ApplicationPerson.application_id).where(
        ApplicationPerson.email == account.email
    )
    if roles:
        mine = mine.where(ApplicationPerson.role.in_(roles))
    return Application.id.in_(mine)


def _member(account: Account, *roles: str) -> ColumnElement[bool]:
    mine = select(Membership.project_number).where(Membership.account == account.name)
    if roles:
        # Leading ends with the membership; having taken part does not.
        mine = mine.where(Membership.role.in_(roles), Membership.until.is_(None))
    # Null, for a proposal that is not approved, would be neither in the list nor not.
    return func.coalesce(Application.project_number, 0).in_(mine)


def _holds(
    session: Session, application: Application, condition: ColumnElement[bool]
) -> bool:
    found = select(Application.id).where(Application.id == application.id, condition)
    return session.scalar(found) is not None
