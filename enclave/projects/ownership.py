"""Whose an application is: who leads it, who takes part, who may see it.

A person takes part who made the application, is named in its group, or is or was a
member of its project. Whoever takes part never decides.
"""

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from enclave.projects import kinds, machine
from enclave.projects.machine import Kind, State
from enclave.projects.people import Role
from enclave.store.project_tables import (
    Account,
    Application,
    ApplicationPerson,
    ApplicationStep,
    Membership,
)
from enclave.store.review_tables import ApplicationRecusal, ApplicationVote


# They see every application that was handed in.
_OVERSEERS = frozenset({Role.CORE, Role.DATA_MANAGER, Role.AUDITOR})


def leads(session: Session, application: Application, account: Account) -> bool:
    """Return whether a person may submit, change and withdraw an application."""
    return _holds(session, application, led_by(account))


def takes_part(session: Session, application: Application, account: Account) -> bool:
    """Return whether a person is on the applicant's side, so that others decide."""
    return _holds(session, application, on_the_side_of(account))


def barred(session: Session, application: Application, account: Account) -> bool:
    """Return whether a person may not decide: they take part, or recused themselves."""
    condition = or_(on_the_side_of(account), recused_by(account))
    return _holds(session, application, condition)


def recused_by(account: Account) -> ColumnElement[bool]:
    """Return the condition on ``application`` that an account stepped aside."""
    mine = select(ApplicationRecusal.application_id).where(
        ApplicationRecusal.account == account.name
    )
    return Application.id.in_(mine)


def visible_to(account: Account) -> ColumnElement[bool]:
    """Return the condition on ``application`` that lets an account see it.

    Overseers see all that was handed in; who decides on a kind in some states sees it
    in those, and ever after what they had a part in.
    """
    if _OVERSEERS & account.roles:
        return or_(Application.state != State.DRAFT, on_the_side_of(account))
    return or_(on_the_side_of(account), _on_the_desk_of(account), _had_a_part(account))


def _on_the_desk_of(account: Account) -> ColumnElement[bool]:
    desks = [
        and_(Application.kind == kind, Application.state == state)
        for kind in Kind
        for state in machine.states(kind)
        if kinds.deciders(kind, state) & account.roles
    ]
    commented = [
        and_(Application.kind == kind, Application.state == State.INTERNAL_REVIEW)
        for kind in Kind
        if (kinds.of(kind).commentators - kinds.deciders(kind)) & account.roles
    ]
    return or_(false(), *desks, *commented)


def _had_a_part(account: Account) -> ColumnElement[bool]:
    acted = select(ApplicationStep.application_id).where(
        ApplicationStep.actor == account.name
    )
    voted = select(ApplicationVote.application_id).where(
        ApplicationVote.account == account.name
    )
    return or_(Application.id.in_(acted), Application.id.in_(voted))


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
