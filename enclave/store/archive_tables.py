"""The tables of archived analyses and of their re-runs."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class ArchivedAnalysis(Table):
    """An analysis that was run once cleanly and is kept whole. Rows are only added.

    ``content_key`` is a hash of source, parameters, kernel and data: the same content
    is archived once. ``manifest_digest`` is the SHA-256 of the sealed manifest's
    content.
    """

    __tablename__ = "archived_analysis"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    content_key: Mapped[str] = mapped_column(String(64), unique=True)
    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), index=True
    )
    account: Mapped[str] = mapped_column(ForeignKey("account.name"))
    title: Mapped[str] = mapped_column(String(200))
    kernel: Mapped[str] = mapped_column(String(60))
    delivery_version: Mapped[int]
    snapshot: Mapped[int]
    manifest_digest: Mapped[str] = mapped_column(String(64))
    publishable: Mapped[bool]
    archived: Mapped[datetime] = mapped_column(UtcDateTime)


class Rerun(Table):
    """One request to execute an archived analysis again, and what came of it.

    ``key`` is what the asker calls the request, so that asking twice asks once.
    ``verdict``, ``cause``, ``completed`` and ``certificate_digest`` are null until it
    is done; ``cause`` stays null unless the analysis could not run.

    ``data`` says whether it is to run on the data of then or on those of today, and
    ``kernel`` in which other kernel than the recorded one (null for that). ``occasion``
    is a request of a person, an agreed application (``application_id``), or the nightly
    sample. ``job_id`` is the job that carries it out; null where somebody waits for it.
    """

    __tablename__ = "rerun"

    analysis_id: Mapped[str] = mapped_column(
        ForeignKey("archived_analysis.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[str | None] = mapped_column(String(120), unique=True)
    requested_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    requested: Mapped[datetime] = mapped_column(UtcDateTime)
    data: Mapped[str] = mapped_column(String(20), default="frozen")
    kernel: Mapped[str | None] = mapped_column(String(60))
    occasion: Mapped[str] = mapped_column(String(20), default="request")
    application_id: Mapped[int | None] = mapped_column(ForeignKey("application.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    cancelled: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[str | None] = mapped_column(String(40))
    cause: Mapped[str | None] = mapped_column(String(40))
    completed: Mapped[datetime | None] = mapped_column(UtcDateTime)
    certificate_digest: Mapped[str | None] = mapped_column(String(64))
