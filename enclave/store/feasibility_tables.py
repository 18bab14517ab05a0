"""The tables of what feasibility has released: bands of codes, and outcomes.

Rows of both are only ever added; the database refuses anything else (migration 0003).
"""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class CodeBandRelease(Table):
    """The one release of persons per code that a snapshot will ever have.

    ``noisy`` is a JSON object from code system to code to noisy count. ``sigma`` is the
    standard deviation of the noise (persons), ``codes_per_person`` how many codes one
    person counts in at most.
    """

    __tablename__ = "code_band_release"

    snapshot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    released_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    sigma: Mapped[int]
    codes_per_person: Mapped[int]
    noisy: Mapped[str] = mapped_column(Text)


class FeasibilityOutcome(Table):
    """What a data manager answered to a feasibility request, as it was released.

    ``document`` is canonical JSON and ``digest`` its SHA-256; ``snapshot_digest`` and
    ``question_digest`` say what was counted.
    """

    __tablename__ = "feasibility_outcome"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), primary_key=True
    )
    snapshot: Mapped[int]
    snapshot_digest: Mapped[str] = mapped_column(String(64))
    question_digest: Mapped[str] = mapped_column(String(64))
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    answered_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    answered: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[date]
