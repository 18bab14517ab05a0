"""The tables of what projects give back, and of how they end."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class ProjectDestruction(Table):
    """That the data of a project are destroyed. One row for each project, ever.

    ``plan`` is what was said before, as canonical JSON; ``accepted`` which open points
    were accepted, and why. ``record`` and ``finished`` are null until nothing is left.
    """

    __tablename__ = "project_destruction"

    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), primary_key=True
    )
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"))
    plan: Mapped[str] = mapped_column(Text)
    plan_digest: Mapped[str] = mapped_column(String(64))
    accepted: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    started: Mapped[datetime] = mapped_column(UtcDateTime)
    started_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    record: Mapped[str | None] = mapped_column(Text)
    finished: Mapped[datetime | None] = mapped_column(UtcDateTime)
