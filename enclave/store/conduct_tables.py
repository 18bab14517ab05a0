"""Tables of who may work here: institutions, and attempts at the yearly test."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class Institution(Table):
    """An institution that answers for its people, authorised until a day."""

    __tablename__ = "institution"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    authorised_until: Mapped[date]
    registered_by: Mapped[str] = mapped_column(String(60))
    registered: Mapped[datetime] = mapped_column(UtcDateTime)


class TrainingAttempt(Table):
    """One try at the yearly test: rows are only added."""

    __tablename__ = "training_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    day: Mapped[date]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    correct: Mapped[int]
    asked: Mapped[int]
    passed: Mapped[bool]
