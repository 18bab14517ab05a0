"""Tables of people, applications, projects, their members and approvals."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Dialect, ForeignKey, Index, String, Text, TypeDecorator
from sqlalchemy.orm import Mapped, mapped_column

from enclave.store.base import Table, UtcDateTime


class WordSet(TypeDecorator[frozenset[str]]):
    """A small set of plain words, stored as one line of text."""

    impl = String(200)
    cache_ok = True

    def process_bind_param(
        self, value: frozenset[str] | None, dialect: Dialect
    ) -> str | None:
        """Join the words in their alphabetical order."""
        del dialect
        return None if value is None else " ".join(sorted(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> frozenset[str]:
        """Split the line again."""
        del dialect
        return frozenset((value or "").split())


class Account(Table):
    """A person who may sign in.

    ``agreement_until`` and ``training_until`` are the last days on which the person's
    user agreement and yearly training hold; null where there is none.
    """

    __tablename__ = "account"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(200), unique=True)
    institution: Mapped[str] = mapped_column(String(200))
    roles: Mapped[frozenset[str]] = mapped_column(WordSet)
    agreement_until: Mapped[date | None]
    training_until: Mapped[date | None]


class Application(Table):
    """Anything a person applies for and others decide on.

    ``form`` is the form as canonical JSON and ``form_digest`` its SHA-256: a decision
    names the digest, so it is always known what was decided on. ``version`` grows with
    every change of form or state.
    """

    __tablename__ = "application"
    # All that lists look at: the forms are long, and no list reads them.
    __table_args__ = (
        Index(
            "ix_application_lists",
            "changed",
            "id",
            "kind",
            "state",
            "created_by",
            "project_number",
            "form_digest",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    state: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    form: Mapped[str] = mapped_column(Text)
    form_digest: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    changed: Mapped[datetime] = mapped_column(UtcDateTime)
    project_number: Mapped[int | None] = mapped_column(
        ForeignKey("project.number"), index=True
    )


class ApplicationPerson(Table):
    """Somebody a form names as part of the group; kept in step with the form.

    Who is named may see the application and may not decide on it.
    """

    __tablename__ = "application_person"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), primary_key=True
    )
    email: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))


class ApplicationStep(Table):
    """One transition of an application: who, when, from, to, on which form, why.

    ``actor`` is an account, or ``system`` for what happened by itself.
    ``figure`` is the number that the transition asked for, null where it asks for none.
    """

    __tablename__ = "application_step"

    application_id: Mapped[int] = mapped_column(
        ForeignKey("application.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    action: Mapped[str] = mapped_column(String(40))
    from_state: Mapped[str] = mapped_column(String(40))
    to_state: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    form_digest: Mapped[str] = mapped_column(String(64))
    figure: Mapped[int | None]


class Project(Table):
    """What an approved proposal becomes. ``end_date`` is its last day."""

    __tablename__ = "project"

    number: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(30), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    leader: Mapped[str] = mapped_column(ForeignKey("account.name"))
    state: Mapped[str] = mapped_column(String(40))
    state_reason: Mapped[str] = mapped_column(Text)
    created: Mapped[datetime] = mapped_column(UtcDateTime)
    end_date: Mapped[date]
    # A plain number: application already refers to project, and tables in a circle
    # cannot be created one after the other.
    proposal_id: Mapped[int] = mapped_column(unique=True)


class ProjectDepartment(Table):
    """A department, beside the leader's own, whose data a project uses."""

    __tablename__ = "project_department"

    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)


class Membership(Table):
    """An account in a project. ``until`` is the day it ended, null while it lasts."""

    __tablename__ = "membership"

    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), primary_key=True
    )
    account: Mapped[str] = mapped_column(
        ForeignKey("account.name"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(20))
    since: Mapped[date]
    until: Mapped[date | None]


class ApprovalRecord(Table):
    """An approval in a project's register (see ``enclave.projects.approvals``)."""

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    project_number: Mapped[int] = mapped_column(
        ForeignKey("project.number"), index=True
    )
    authority: Mapped[str] = mapped_column(String(40))
    journal_number: Mapped[str] = mapped_column(String(80))
    decision_date: Mapped[date]
    data_from: Mapped[date | None]
    data_to: Mapped[date | None]
    document: Mapped[str] = mapped_column(String(400))
    expires: Mapped[date | None]
    registered_by: Mapped[str] = mapped_column(ForeignKey("account.name"))
    registered: Mapped[datetime] = mapped_column(UtcDateTime)
