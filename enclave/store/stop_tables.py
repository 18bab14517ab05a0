"""The table of stops."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class Stop(Table):
    """A project that was told to stop, or all of them where no project is named.

    It holds until it is lifted. Rows are never removed.
    """

    __tablename__ = "stop"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_number: Mapped[int | None] = mapped_column(
        ForeignKey("project.number"), index=True
    )
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    lifted: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("account.name"))
