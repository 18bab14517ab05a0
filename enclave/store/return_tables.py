"""The tables of what projects give back, and of how they end."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
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


class Finding(Table):
    """What somebody found out about a variable, and where it stands.

    ``document`` is the finding as JSON. ``from_workspace`` is true for one that came
    out of a workspace: only data managers read it before it is accepted.
    """

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_number: Mapped[int | None] = mapped_column(
        ForeignKey("project.number"), index=True
    )
    variable: Mapped[str] = mapped_column(String(130), index=True)
    document: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(20), index=True)
    version: Mapped[int]
    from_workspace: Mapped[bool]
    created_by: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)


class FindingStep(Table):
    """What happened to a finding: rows are only added."""

    __tablename__ = "finding_step"

    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(ForeignKey("account.name"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    comment: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


class HarmonisationRule(Table):
    """A rule that loads obey from its number on, with credit to who found it.

    ``rule`` is null for what is known and cannot be put right. ``since_snapshot`` is
    the first snapshot that obeyed it. Revoked, it holds no longer; rows are kept.
    """

    __tablename__ = "harmonisation_rule"

    number: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("finding.id"), unique=True)
    variable: Mapped[str] = mapped_column(String(130), index=True)
    rule: Mapped[str | None] = mapped_column(Text)
    summary: Mapped[str] = mapped_column(Text)
    credit: Mapped[str] = mapped_column(String(200))
    accepted_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    accepted: Mapped[datetime] = mapped_column(UtcDateTime)
    since_snapshot: Mapped[int | None]
    revoked: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by: Mapped[str | None] = mapped_column(ForeignKey("account.name"))


class ReturnedDataset(Table):
    """A cleaned dataset that a project gave back.

    ``checks`` is the result of the 24 checks as JSON. Its files lie under its number
    until they are linked; ``linked_sha256`` is the hash of the table with person keys.
    """

    __tablename__ = "returned_dataset"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), index=True
    )
    title: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    codebook_sha256: Mapped[str] = mapped_column(String(64))
    rows: Mapped[int]
    checks: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), index=True)
    submitted_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    submitted: Mapped[datetime] = mapped_column(UtcDateTime)
    comment: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("account.name"))
    decided: Mapped[datetime | None] = mapped_column(UtcDateTime)
    linked_by: Mapped[str | None] = mapped_column(ForeignKey("account.name"))
    linked: Mapped[datetime | None] = mapped_column(UtcDateTime)
    linked_sha256: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("project_number", "sha256", "codebook_sha256"),)


class Publication(Table):
    """A publication of a project, by its DOI. ``analyses`` are its archived ones."""

    __tablename__ = "publication"

    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), primary_key=True
    )
    doi: Mapped[str] = mapped_column(String(200), primary_key=True)
    analyses: Mapped[str] = mapped_column(Text)
    recorded_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    recorded: Mapped[datetime] = mapped_column(UtcDateTime)
