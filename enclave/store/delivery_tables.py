"""The tables of grants and of what was delivered under them."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class IssuedGrant(Table):
    """A signed grant. Rows are only ever added.

    ``document`` is the grant with its signature as JSON; ``digest`` is the SHA-256 of
    the grant without it.
    """

    __tablename__ = "issued_grant"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    version: Mapped[int]
    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), index=True
    )
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    issued: Mapped[datetime] = mapped_column(UtcDateTime)
    issued_by: Mapped[str] = mapped_column(ForeignKey("account.name"))

    __table_args__ = (UniqueConstraint("application_id", "version"),)


class DeliveredVersion(Table):
    """One version of a project's data. Rows are only ever added.

    A grant is delivered once for each snapshot, however often that is asked for.
    """

    __tablename__ = "delivered_version"

    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    grant_id: Mapped[str] = mapped_column(ForeignKey("issued_grant.id"))
    snapshot: Mapped[int]
    manifest_digest: Mapped[str] = mapped_column(String(64))
    persons: Mapped[int]
    rows: Mapped[int] = mapped_column(BigInteger)
    delivered: Mapped[datetime] = mapped_column(UtcDateTime)
    delivered_by: Mapped[str] = mapped_column(String(120))

    __table_args__ = (UniqueConstraint("grant_id", "snapshot"),)


class ColumnReading(Table):
    """That a delivered column was read in a workspace; by whom is not kept.

    ``column`` is ``table.column``; ``first`` and ``last`` are days.
    """

    __tablename__ = "column_reading"

    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    column: Mapped[str] = mapped_column(String(130), primary_key=True)
    first: Mapped[date]
    last: Mapped[date]


class CprExtract(Table):
    """One list of CPR numbers that was encrypted for one person.

    ``token_digest`` is the SHA-256 of the secret in the link; the link itself is kept
    nowhere. ``state`` is waiting, taken, destroyed, expired or blocked.
    """

    __tablename__ = "cpr_extract"

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), index=True
    )
    form_digest: Mapped[str] = mapped_column(String(64))
    recipient: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    file: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    statement: Mapped[str] = mapped_column(Text)
    token_digest: Mapped[str] = mapped_column(String(64))
    attempts: Mapped[int]
    prepared: Mapped[datetime] = mapped_column(UtcDateTime)
    prepared_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    expires: Mapped[datetime] = mapped_column(UtcDateTime)
    taken: Mapped[datetime | None] = mapped_column(UtcDateTime)
    destroyed: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Reidentification(Table):
    """A request to say who some pseudonyms stand for, and who agreed to it.

    ``other_number`` is the project whose pseudonyms are asked for; null where the
    persons themselves are.
    """

    __tablename__ = "reidentification"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), index=True
    )
    other_number: Mapped[int | None] = mapped_column(ForeignKey("project.number"))
    pseudonyms: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    asked: Mapped[datetime] = mapped_column(UtcDateTime)
    first: Mapped[str | None] = mapped_column(ForeignKey("account.name"))
    second: Mapped[str | None] = mapped_column(ForeignKey("account.name"))
    answered: Mapped[datetime | None] = mapped_column(UtcDateTime)
