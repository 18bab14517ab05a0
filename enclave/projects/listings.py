"""Lists of applications, page by page: mine, waiting for me, visible to me."""

import math
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, defer

from enclave.projects import machine, ownership
from enclave.projects.machine import Guard, Transition
from enclave.store.project_tables import Account, Application


PAGE_SIZE = 50


@dataclass(frozen=True)
class Page:
    """Some applications of a long list.

    Attributes
    ----------
    total
        How many the whole list holds.
    number, of
        Which page this is, from 1 on, and how many there are, at least 1.
    """

    applications: list[Application]
    total: int
    number: int
    of: int


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
    to_decide = _standing_at([one for one in due if Guard.NOT_OWN in one.guards])
    condition = or_(
        and_(mine, ownership.led_by(account)),
        and_(to_decide, ~ownership.on_the_side_of(account)),
    )
    return _page(session, condition, _LONGEST_WAITING_FIRST, page)


_LAST_CHANGED_FIRST = (Application.changed.desc(), Application.id.desc())
_LONGEST_WAITING_FIRST = (Application.changed, Application.id)


def _page(
    session: Session, condition: ColumnElement[bool], order: tuple[Any, ...], page: int
) -> Page:
    total = session.scalar(select(func.count(Application.id)).where(condition)) or 0
    of = max(1, math.ceil(total / PAGE_SIZE))
    number = min(max(1, page), of)
    # The forms are long, and a list shows none of them.
    rows = (
        select(Application)
        .options(defer(Application.form))
        .where(condition)
        .order_by(*order)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return Page(list(session.scalars(rows)), total, number, of)


def _standing_at(transitions: list[Transition]) -> ColumnElement[bool]:
    """Return the condition that an application stands where one of these begins."""
    return or_(
        false(),
        *(
            and_(Application.kind == one.kind, Application.state.in_(one.sources))
            for one in transitions
        ),
    )
