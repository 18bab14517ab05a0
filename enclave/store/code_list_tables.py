"""The tables of code lists and of their versions."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class SavedCodeList(Table):
    """A code list: whose it is, what it is called, who may read it.

    ``shared`` is ``private``, ``institution`` or ``everybody``.
    """

    __tablename__ = "code_list"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(ForeignKey("account.name"))
    name: Mapped[str] = mapped_column(String(60))
    system: Mapped[str] = mapped_column(String(100))
    shared: Mapped[str] = mapped_column(String(20), index=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("owner", "name"),)


class CodeListVersion(Table):
    """One version of a code list. Rows are only ever added; the database holds it.

    ``entries`` is canonical JSON; ``digest`` is the SHA-256 of what they mean, as it
    stands in a question that uses them.
    """

    __tablename__ = "code_list_version"

    code_list_id: Mapped[int] = mapped_column(
        ForeignKey("code_list.id"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entries: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text)
    saved: Mapped[datetime] = mapped_column(UtcDateTime)
