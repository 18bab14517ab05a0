"""Tables of what others say and do about an application before it is decided."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class ApplicationEvidence(Table):
    """What another room put on record, about one version of a form."""

    __tablename__ = "application_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), index=True
    )
    name: Mapped[str] = mapped_column(String(40))
    form_digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str] = mapped_column(String(60))
    recorded: Mapped[datetime] = mapped_column(UtcDateTime)


class ApplicationRecusal(Table):
    """Somebody who declared an interest, and does not decide on this application."""

    __tablename__ = "application_recusal"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), primary_key=True
    )
    account: Mapped[str] = mapped_column(
        ForeignKey("account.name"), primary_key=True, index=True
    )
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApplicationVote(Table):
    """A reviewer's vote on one version of a form.

    ``remark`` is for the applicant, without the reviewer's name; ``hidden_remark`` is
    for those who decide.
    """

    __tablename__ = "application_vote"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), primary_key=True
    )
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), primary_key=True)
    form_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    choice: Mapped[str] = mapped_column(String(20))
    score: Mapped[int]
    remark: Mapped[str] = mapped_column(Text)
    hidden_remark: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ApplicationComment(Table):
    """A comment on one section of a form.

    The applicant reads it from ``released`` on, unless it is ``hidden``.
    """

    __tablename__ = "application_comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), index=True
    )
    field: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    hidden: Mapped[bool]
    author: Mapped[str] = mapped_column(ForeignKey("account.name"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    released: Mapped[datetime | None] = mapped_column(UtcDateTime)
    form_digest: Mapped[str] = mapped_column(String(64))


class ApplicationForm(Table):
    """A form as it was when something was decided on it: rows are only added."""

    __tablename__ = "application_form"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), primary_key=True
    )
    form_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    form: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
