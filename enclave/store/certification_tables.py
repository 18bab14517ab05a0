"""Tables of what makes a person trusted: institution, user agreement, training."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class Institution(Table):
    """An institution on the register. ``until`` is its last day, null where open.

    ``host`` is the Danish institution under which the people of one abroad work.
    """

    __tablename__ = "institution"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    host: Mapped[str | None] = mapped_column(ForeignKey("institution.name"))
    until: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    changed: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_by: Mapped[str] = mapped_column(String(60))


class AgreementAcceptance(Table):
    """That a person accepted a version of the user agreement. Rows are only added."""

    __tablename__ = "agreement_acceptance"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    version: Mapped[str] = mapped_column(String(20))
    text_digest: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(2))
    accepted: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[date]


class TrainingAttempt(Table):
    """One attempt at the test of the training.

    ``questions`` names the questions in the order in which they were shown, each with
    the order of its options; the rest is null until it is handed in.
    """

    __tablename__ = "training_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    begun: Mapped[datetime] = mapped_column(UtcDateTime)
    ends: Mapped[datetime] = mapped_column(UtcDateTime)
    bank_digest: Mapped[str] = mapped_column(String(64))
    questions: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    answers: Mapped[list[int] | None] = mapped_column(JSON)
    correct: Mapped[int | None]
    passed: Mapped[bool | None]
    done: Mapped[datetime | None] = mapped_column(UtcDateTime)
