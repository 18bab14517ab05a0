"""The tables of the count gate: who asked what, and what was answered.

Rows are only ever added. The database itself refuses anything else (migrations 0002,
0004 and 0019): a changed answer would be a second sample of the noise, a removed entry
a refund.
"""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class LedgerEntry(Table):
    """One question that one person paid for.

    Attributes
    ----------
    composed
        Whether who asked chose what stands beside what; see
        :class:`enclave.disclosure.layout.Layout`.
    """

    __tablename__ = "disclosure_ledger"

    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[str] = mapped_column(String(120))
    organisation: Mapped[str] = mapped_column(String(200))
    question_id: Mapped[str] = mapped_column(String(64))
    snapshot: Mapped[int]
    refused: Mapped[bool]
    composed: Mapped[bool]
    policy: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        UniqueConstraint("account", "question_id"),
        Index("ix_disclosure_ledger_account_at", "account", "at"),
        Index("ix_disclosure_ledger_organisation_at", "organisation", "at"),
    )


class StoredAnswer(Table):
    """The one noisy count that a question will ever have on a snapshot.

    The canonical question is kept beside it, so that a reviewer can read what was
    answered and a later question can be compared with it.
    """

    __tablename__ = "disclosure_answer"

    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    snapshot: Mapped[int]
    question: Mapped[str] = mapped_column(Text)
    noisy: Mapped[int]
    policy: Mapped[str] = mapped_column(String(64))


class StoredCell(Table):
    """The noisy count of one cell of a breakdown, whose answer is the sum of them."""

    __tablename__ = "disclosure_cell"

    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    cell: Mapped[str] = mapped_column(String(130), primary_key=True)
    noisy: Mapped[int]


class AnsweredCohort(Table):
    """Whom an answer with noise of its own was about.

    The persons are sealed under the gate's key, and their number is not stored: what
    is compared before unsealing is the noisy count.
    """

    __tablename__ = "disclosure_cohort"

    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    snapshot: Mapped[int]
    layout: Mapped[str] = mapped_column(String(64))
    noisy: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (
        Index("ix_disclosure_cohort_noisy", "snapshot", "layout", "noisy"),
    )


class OtherHalf(Table):
    """A question that an answered one would make a whole with, should it be asked.

    Attributes
    ----------
    question_id
        The question that may be asked.
    half_id, whole_id, whole
        The answered one, what the two come to, and that as a canonical question.
    """

    __tablename__ = "disclosure_half"

    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    half_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    whole_id: Mapped[str] = mapped_column(String(64))
    whole: Mapped[str] = mapped_column(Text)


class Snap(Table):
    """A question that was given the answer of a near-identical cohort."""

    __tablename__ = "disclosure_snap"

    question_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    anchor_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
