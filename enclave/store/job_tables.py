"""The table of jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class Job(Table):
    """One piece of work, from the wish to its result.

    ``key`` names the work itself: a second wish for the same work finds the first job.
    A running job belongs to ``worker`` until ``lease_until``; a worker that lives
    keeps moving that time on. ``not_before`` holds back the next try after a fault.
    ``step`` of ``steps`` is how far it has come; ``cancelled_by`` is who wants it no
    longer.
    """

    __tablename__ = "job"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    state: Mapped[str] = mapped_column(String(10), index=True)
    priority: Mapped[int] = mapped_column(default=10)
    attempts: Mapped[int] = mapped_column(default=0)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    worker: Mapped[str | None] = mapped_column(String(120))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error_class: Mapped[str | None] = mapped_column(String(120))
    message: Mapped[str | None] = mapped_column(Text)
    step: Mapped[int | None]
    steps: Mapped[int | None]
    cancelled_by: Mapped[str | None] = mapped_column(String(80))
