"""Lists of applications, page by page: mine, waiting for me, visible to me."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, defer

from enclave.projects import kinds, machine, ownership
from enclave.projects.machine import Guard, Transition
from enclave.projects.paging import Cut, cut
from enclave.store.project_tables import Account, Application
from enclave.store.review_tables import ApplicationVote


PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Cut):
    """Some applications of a long list, and where they lie in it."""

    applications: list[Application]


def listing(
    session: Session, account: Account, *, kind: str | None = None, page: int = 1
) -> Page:
    """Return the applications a person may see, the last changed first."""
    condition = ownership.visible_to(account)
    if kind is not None:
        condition &= Application.kind == machine.kind(kind)
    return _page(session, condition, _LAST_CHANGED_FIRST, page)


def own(session: Session, account: Account, *, page: int = 1) -> Page:
    """Return the applications a person takes part in, the last changed first."""
    condition = ownership.on_the_side_of(account)
    return _page(session, condition, _LAST_CHANGED_FIRST, page)


def waiting_for(session: Session, account: Account, *, page: int = 1) -> Page:
    """Return the applications that wait for a person, the longest waiting first."""
    due = [
        one for one in machine.TRANSITIONS if one.waits and account.roles & {*one.roles}
    ]
    mine = _standing_at([one for one in due if Guard.OWN in one.guards])
    made = _standing_at([one for one in due if Guard.MADE in one.guards])
    to_decide = _standing_at([one for one in due if Guard.NOT_OWN in one.guards])
    others = ~or_(ownership.on_the_side_of(account), ownership.recused_by(account))
    condition = or_(
        and_(mine, ownership.led_by(account)),
        and_(made, Application.created_by == account.name),
        and_(or_(to_decide, _to_vote(account)), others),
    )
    return _page(session, condition, _LONGEST_WAITING_FIRST, page)


_LAST_CHANGED_FIRST = (Application.changed.desc(), Application.id.desc())
_LONGEST_WAITING_FIRST = (Application.changed, Application.id)


def _page(
    session: Session, condition: ColumnElement[bool], order: tuple[Any, ...], page: int
) -> Page:
    total = session.scalar(select(func.count(Application.id)).where(condition)) or 0
    place = cut(total, page, PAGE_SIZE)
    # The forms are long, and a list shows none of them.
    rows = (
        select(Application)
        .options(defer(Application.form))
        .where(condition)
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset(place.offset)
    )
    return Page(**vars(place), applications=list(session.scalars(rows)))


def _to_vote(account: Account) -> ColumnElement[bool]:
    """Return the condition that this person's vote is missing."""
    voted = select(ApplicationVote.application_id).where(
        ApplicationVote.account == account.name,
        ApplicationVote.form_digest == Application.form_digest,
    )
    return or_(
        false(),
        *(
            and_(
                Application.kind == kind,
                Application.state == voting.state,
                Application.id.not_in(voted),
            )
            for kind in machine.Kind
            if (voting := kinds.of(kind).voting) and voting.role in account.roles
        ),
    )


def _standing_at(transitions: list[Transition]) -> ColumnElement[bool]:
    """Return the condition that an application stands where one of these begins."""
    return or_(
        false(),
        *(
            and_(Application.kind == one.kind, Application.state.in_(one.sources))
            for one in transitions
        ),
    )
