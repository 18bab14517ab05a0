"""Take questions from the budget, once for each person and question.

An entry is made before any data is touched and is never removed, whatever happens to
the question afterwards: it may fail, be refused, or be interrupted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from enclave.audit.log import Event, record
from enclave.disclosure.budget import Asker, Occasion, Wanted, budget_of, shortage
from enclave.disclosure.policy import Policy
from enclave.disclosure.refusing import short_of_budget
from enclave.store.database import Database
from enclave.store.disclosure_tables import LedgerEntry


# One writer of the ledger at a time; SQLite's BEGIN IMMEDIATE already sees to it.
_POSTGRESQL_LOCK = 7_203_144_913


@dataclass(frozen=True)
class Payment:
    """What was taken: the questions that were new to the person, and what is left."""

    new: frozenset[str]
    left: int


class Ledger:
    """The record of who paid for which question."""

    def __init__(self, database: Database, policy: Policy) -> None:
        self._database = database
        self._policy = policy

    def take(
        self, occasion: Occasion, questions: Sequence[str], *, composed: bool
    ) -> Payment:
        """Pay for all questions or for none, in one transaction with its audit event.

        Parameters
        ----------
        questions
            Their ids. Those that the person has paid for already are free.
        composed
            Whether their layout is.

        Raises
        ------
        PolicyRefusal
            If what is left does not suffice; nothing was taken then.
        """
        with self._database.begin() as session:
            payment, short = self._pay(
                session, occasion, questions, composed=composed, refused=False
            )
            action = "question.refuse" if short else "question.ask"
            _audit(session, occasion, action, questions, payment)
        if short:
            raise short_of_budget(short)
        return payment

    def take_refused(
        self, occasion: Occasion, question: str, *, composed: bool
    ) -> None:
        """Let a refused question cost what it would have cost, as far as that goes."""
        with self._database.begin() as session:
            payment, _ = self._pay(
                session, occasion, [question], composed=composed, refused=True
            )
            _audit(session, occasion, "question.refuse", [question], payment)

    def _pay(
        self,
        session: Session,
        occasion: Occasion,
        questions: Sequence[str],
        *,
        composed: bool,
        refused: bool,
    ) -> tuple[Payment, str | None]:
        """Return what was entered, or why nothing could be."""
        _lock(session)
        new = _unpaid(session, occasion.asker, questions)
        budget = budget_of(session, occasion.asker, self._policy, occasion.at)
        nothing = Payment(frozenset(), budget.left)
        if not new:
            return nothing, None
        wanted = Wanted(len(new), composed=composed)
        short = shortage(session, occasion, wanted, budget, self._policy)
        if short:
            return nothing, short
        session.add_all(
            LedgerEntry(
                at=occasion.at,
                account=occasion.asker.account,
                organisation=occasion.asker.organisation,
                question_id=question,
                snapshot=occasion.snapshot,
                refused=refused,
                composed=composed,
                policy=self._policy.digest,
            )
            for question in new
        )
        return Payment(frozenset(new), budget.left - len(new)), None


def _unpaid(session: Session, asker: Asker, questions: Sequence[str]) -> list[str]:
    paid = set(
        session.scalars(
            select(LedgerEntry.question_id).where(
                LedgerEntry.account == asker.account,
                LedgerEntry.question_id.in_(questions),
            )
        )
    )
    return [question for question in dict.fromkeys(questions) if question not in paid]


def _audit(
    session: Session,
    occasion: Occasion,
    action: str,
    questions: Sequence[str],
    payment: Payment,
) -> None:
    details = {"questions": list(questions), "paid": len(payment.new)}
    subject = f"snapshot:{occasion.snapshot}"
    event = Event(occasion.asker.account, action, subject, details)
    record(session, event, clock=lambda: occasion.at)


def _lock(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK}
        )
