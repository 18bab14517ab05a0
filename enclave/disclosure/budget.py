"""How many new questions a person and an organisation may still ask.

Noise hides one person in one answer; many answers together average it away. So the
number of answers is what is limited, and the ledger is the record of it. Of composed
questions there are fewer, as each is one more answer about one count. A question
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
class Wanted:
    """How many new questions are to be asked at once, and whether they are composed."""

    number: int
    composed: bool


@dataclass(frozen=True)
class Composed:
    """What is left of the questions that may be composed, which are some of all.

    Attributes
    ----------
    left, limit_30_days, used_30_days, more_at
        As of :class:`Budget`.
    """

    left: int
    limit_30_days: int
    used_30_days: int
    more_at: datetime | None


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
    composed
        How many of what is left may be composed.
    """

    left: int
    limit_30_days: int
    limit_year: int
    used_30_days: int
    used_year: int
    more_at: datetime | None
    composed: Composed


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
    left, more_at = min(left_month, left_year), first + interval if first else None
    return Budget(
        left=left,
        limit_30_days=policy.person_30_days,
        limit_year=policy.person_year,
        used_30_days=used.month,
        used_year=used.year,
        more_at=more_at,
        composed=_composed(used, left, more_at, policy),
    )


def _composed(
    used: "_Used", left: int, more_at: datetime | None, policy: Policy
) -> Composed:
    limit = policy.person_composed_30_days
    left_of_them = max(0, limit - used.composed)
    back = used.first_composed + MONTH if used.first_composed else None
    if left_of_them == left:
        # Both have to come back.
        back = max((day for day in (back, more_at) if day), default=None)
    return Composed(
        left=min(left_of_them, left),
        limit_30_days=limit,
        used_30_days=used.composed,
        more_at=more_at if left < left_of_them else back,
    )


def shortage(
    session: Session,
    occasion: Occasion,
    wanted: Wanted,
    budget: Budget,
    policy: Policy,
) -> str | None:
    """Say why so many new questions cannot be asked now, or nothing if they can."""
    if wanted.number > budget.left:
        return (
            f"This needs {_questions(wanted.number)} and your budget has {budget.left}"
            f" left, of {budget.limit_30_days} in 30 days and {budget.limit_year} in a"
            f" year.{_more(budget.more_at)} What you have asked before stays free."
        )
    if wanted.composed and wanted.number > budget.composed.left:
        return (
            f"This is a composed question {_WHICH}, and your budget has"
            f" {budget.composed.left} of those left, of {budget.composed.limit_30_days}"
            f" in 30 days.{_more(budget.composed.more_at)} Each counts one cohort"
            " anew, so that many would tell who is in it. You can still ask"
            f" {_questions(budget.left)} of the others: {_OTHERS}. What you have asked"
            " before stays free."
        )
    return _shortage_of_organisation(session, occasion, wanted, policy)


def _shortage_of_organisation(
    session: Session, occasion: Occasion, wanted: Wanted, policy: Policy
) -> str | None:
    organisation = occasion.asker.organisation
    used = _used(session, LedgerEntry.organisation == organisation, occasion.at)
    if used.month + wanted.number > policy.organisation_30_days:
        return (
            f"{organisation} has used its {policy.organisation_30_days} new questions"
            " in 30 days. What you have asked before stays free; wait, or ask the data"
            " manager for a feasibility analysis."
        )
    limit = policy.organisation_composed_30_days
    if wanted.composed and used.composed + wanted.number > limit:
        more = used.first_composed + MONTH if used.first_composed else None
        return (
            f"This is a composed question {_WHICH}, and {organisation} has used its"
            f" {limit} in 30 days.{_more(more)} Each counts one cohort anew, so that"
            f" many would tell who is in it. You can still ask the others: {_OTHERS}."
            " What you have asked before stays free."
        )
    return None


_WHICH = "(by sex and age, year, code, variable or data)"
_OTHERS = "counts, steps, and what each criterion costs"


class _Used(NamedTuple):
    year: int
    month: int
    composed: int
    first_of_year: datetime | None
    first_of_month: datetime | None
    first_composed: datetime | None


def _used(session: Session, whose: ColumnElement[bool], at: datetime) -> _Used:
    recent = LedgerEntry.at > at - MONTH
    in_month = case((recent, LedgerEntry.at))
    composed = case((recent & LedgerEntry.composed, LedgerEntry.at))
    return _Used(
        *session.execute(
            select(
                func.count(),
                func.count(in_month),
                func.count(composed),
                func.min(LedgerEntry.at),
                func.min(in_month),
                func.min(composed),
            ).where(whose, LedgerEntry.at > at - YEAR)
        ).one()
    )


def _more(at: datetime | None) -> str:
    return f" More from {at:%Y-%m-%d}." if at else ""


def _questions(number: int) -> str:
    return "1 new question" if number == 1 else f"{number} new questions"
