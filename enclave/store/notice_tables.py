"""Tables of what is told to people: notices, and e-mail on its way out."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class Notice(Table):
    """Something a person should know. ``key`` names its words, so they are bilingual.

    ``occasion`` is unique: what happened once is told a person once.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    occasion: Mapped[str] = mapped_column(String(200), unique=True)
    key: Mapped[str] = mapped_column(String(60))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutgoingMail(Table):
    """An e-mail: written in the transaction of what it tells, sent by a worker.

    ``claimed`` is when a worker took it. If that worker died, another one takes it
    after an hour; its Message-ID is the same, so a reader's mailbox shows it once.
    """

    __tablename__ = "outgoing_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    occasion: Mapped[str] = mapped_column(String(200), unique=True)
    recipient: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    claimed: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    failure: Mapped[str] = mapped_column(String(400))
