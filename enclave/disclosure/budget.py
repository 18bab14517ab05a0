"""How many new questions a person and an organisation may still ask.

Noise hides one person in one answer; many answers together average it away. So the
number of answers is what is limited, and the ledger is the record of it. A question
belongs to everybody who asked it: if it were free for the second person, its price
would tell what others asked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from enclave.disclosure.policy import Policy
from enclave.store.disclosure_tables import LedgerEntry


MONTH = timedelta(days=30)
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Asker:
    """Who asks: a person, and the organisation the person belongs to."""

    account: str
    organisation: str


@dataclass(frozen=True)
class Occasion:
    """Who asks, on which snapshot, and when."""

    asker: Asker
    snapshot: int
    at: datetime


@dataclass(frozen=True)
class Budget:
    """What is left for one person.

    Attributes
    ----------
    left
        New questions that may be asked now.
    limit_30_days, limit_year
        The most in the last 30 and 365 days.
    used_30_days, used_year
        What was asked of them.
    more_at
        When at least one more question becomes possible; ``None`` if none was asked.
    """

    left: int
    limit_30_days: int
    limit_year: int
    used_30_days: int
    used_year: int
    more_at: datetime | None


def budget_of(session: Session, asker: Asker, policy: Policy, at: datetime) -> Budget:
    """Return what is left of a person's budget."""
    used = _used(session, LedgerEntry.account == asker.account, at)
    left_month = max(0, policy.person_30_days - used.month)
    left_year = max(0, policy.person_year - used.year)
    first, interval = (
        (used.first_of_year, YEAR)
        if left_year < left_month
        else (used.first_of_month, MONTH)
    )
    return Budget(
        left=min(left_month, left_year),
        limit_30_days=policy.person_30_days,
        limit_year=policy.person_year,
        used_30_days=used.month,
        used_year=used.year,
        more_at=first + interval if first else None,
    )


def shortage(
    session: Session, occasion: Occasion, new: int, budget: Budget, policy: Policy
) -> str | None:
    """Say why so many new questions cannot be asked now, or nothing if they can."""
    if new > budget.left:
        more = f" More from {budget.more_at:%Y-%m-%d}." if budget.more_at else ""
        return (
            f"This needs {_questions(new)} and your budget has {budget.left} left, of"
            f" {budget.limit_30_days} in 30 days and {budget.limit_year} in a year."
            f"{more} What you have asked before stays free."
        )
    organisation = occasion.asker.organisation
    ours = LedgerEntry.organisation == organisation
    if _used(session, ours, occasion.at).month + new > policy.organisation_30_days:
        return (
            f"{organisation} has used its {policy.organisation_30_days} new questions"
            " in 30 days. What you have asked before stays free; wait, or ask the data"
            " manager for a feasibility analysis."
        )
    return None


class _Used(NamedTuple):
    year: int
    month: int
    first_of_year: datetime | None
    first_of_month: datetime | None


def _used(session: Session, whose: ColumnElement[bool], at: datetime) -> _Used:
    in_month = case((LedgerEntry.at > at - MONTH, LedgerEntry.at))
    return _Used(
        *session.execute(
            select(
                func.count(),
                func.count(in_month),
                func.min(LedgerEntry.at),
                func.min(in_month),
            ).where(whose, LedgerEntry.at > at - YEAR)
        ).one()
    )


def _questions(number: int) -> str:
    return "1 new question" if number == 1 else f"{number} new questions"
