"""Tell the audit log when somebody's questions look like an attack.

An alarm stops nothing: it is for a data manager to read. Each is raised when its limit
is passed, and not again with every question after that.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from itertools import combinations
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from enclave.audit.log import Event, record
from enclave.canonical import canonical_json
from enclave.disclosure.budget import MONTH, Occasion, budget_of
from enclave.disclosure.policy import Policy
from enclave.store.disclosure_tables import LedgerEntry, Snap, StoredAnswer


DAY = timedelta(days=1)
Predicates = frozenset[bytes]


def raise_alarms(
    session: Session, occasion: Occasion, new: frozenset[str], policy: Policy
) -> None:
    """Raise the alarms that a person's newest questions are a reason for.

    Parameters
    ----------
    new
        Ids of the questions that were just paid for.
    """
    budgets = _budgets(session, occasion, new, policy)
    alarms = (
        *(("alarm.budget", details) for details in budgets),
        ("alarm.similar", _similar(session, occasion, new, policy)),
        ("alarm.snaps", _snaps(session, occasion, new, policy)),
    )
    for action, details in alarms:
        if details:
            subject = f"account:{occasion.asker.account}"
            event = Event("system", action, subject, details)
            record(session, event, clock=lambda: occasion.at)


def predicates(form: Mapping[str, Any]) -> Predicates:
    """Return what a canonical form asks about, each thing written as JSON."""
    form = form.get("of", form)
    population = form["population"].items()
    parts = [{name: part} for name, part in population if part is not None]
    index = [{"index": form["index"]}] if form["index"] else []
    return frozenset(map(canonical_json, [*parts, *index, *form["atoms"]]))


@lru_cache(maxsize=1024)
def _predicates_in(form: str) -> Predicates:
    # All questions of a month are read again with each new one.
    return predicates(json.loads(form))


def share_of_similar_pairs(questions: Iterable[Predicates]) -> float:
    """Return in how many pairs of questions all predicates but one are the same."""
    pairs = [_is_similar(*pair) for pair in combinations(questions, 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def _is_similar(one: Predicates, other: Predicates) -> bool:
    alone = len(one - other), len(other - one)
    return bool(one & other) and max(alone) <= 1


def _budgets(
    session: Session, occasion: Occasion, new: frozenset[str], policy: Policy
) -> Iterator[dict[str, Any]]:
    """Yield each budget of which these questions took more than its share."""
    budget = budget_of(session, occasion.asker, policy, occasion.at)
    for used, limit in (
        (budget.used_30_days, budget.limit_30_days),
        (budget.used_year, budget.limit_year),
    ):
        if used > policy.alarm_budget_used * limit >= used - len(new):
            yield {"used": used, "limit": limit}
    composed = budget.composed
    used, limit = composed.used_30_days, composed.limit_30_days
    before = used - _number_composed(session, occasion, new)
    if used > policy.alarm_budget_used * limit >= before:
        yield {"used": used, "limit": limit, "composed": True}


def _number_composed(session: Session, occasion: Occasion, new: frozenset[str]) -> int:
    found = select(func.count()).where(
        LedgerEntry.account == occasion.asker.account,
        LedgerEntry.question_id.in_(new),
        LedgerEntry.composed,
    )
    return session.scalars(found).one()


def _similar(
    session: Session, occasion: Occasion, new: frozenset[str], policy: Policy
) -> dict[str, Any] | None:
    questions = dict(_recent(session, occasion))
    before = [asked for name, asked in questions.items() if name not in new]
    if len(questions) < policy.alarm_similar_from:
        return None
    share = share_of_similar_pairs(questions.values())
    known = (
        len(before) >= policy.alarm_similar_from
        and share_of_similar_pairs(before) > policy.alarm_similar_pairs
    )
    if known or share <= policy.alarm_similar_pairs:
        return None
    return {"questions": len(questions), "percent_of_pairs": round(100 * share)}


def _recent(session: Session, occasion: Occasion) -> Iterator[tuple[str, Predicates]]:
    rows = session.execute(
        select(StoredAnswer.question_id, StoredAnswer.question)
        .join(LedgerEntry, LedgerEntry.question_id == StoredAnswer.question_id)
        .where(
            LedgerEntry.account == occasion.asker.account,
            LedgerEntry.at > occasion.at - MONTH,
        )
    )
    for name, form in rows:
        yield name, _predicates_in(form)


def _snaps(
    session: Session, occasion: Occasion, new: frozenset[str], policy: Policy
) -> dict[str, Any] | None:
    today = list(
        session.scalars(
            select(LedgerEntry.question_id)
            .join(Snap, Snap.question_id == LedgerEntry.question_id)
            .where(
                LedgerEntry.account == occasion.asker.account,
                LedgerEntry.at > occasion.at - DAY,
            )
        )
    )
    before = [question for question in today if question not in new]
    if len(before) <= policy.alarm_snaps_a_day < len(today):
        return {"snaps": len(today)}
    return None
