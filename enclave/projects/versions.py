"""The versions of a form that were handed in, and what the last one changed."""

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.projects import changes, in_force
from enclave.projects.case import document
from enclave.projects.changes import Change
from enclave.projects.machine import Kind
from enclave.store.project_tables import Application, ApplicationStep, Project
from enclave.store.review_tables import ApplicationForm


def keep(session: Session, application: Application) -> None:
    """Keep the form as it is, so that it is known later what was decided on."""
    known = (application.id, application.form_digest)
    if session.get(ApplicationForm, known) is None:
        session.add(
            ApplicationForm(
                application_id=application.id,
                form_digest=application.form_digest,
                form=application.form,
                at=application.changed,
            )
        )
        session.flush()


def handed_in(session: Session, application: Application) -> dict[str, Any] | None:
    """Return the form that was last submitted; null if none was, or none is kept.

    It was checked then. What is being edited now may be anything.
    """
    submitted = session.scalars(
        select(ApplicationStep.form_digest)
        .where(
            ApplicationStep.application_id == application.id,
            ApplicationStep.action == "submit",
        )
        .order_by(ApplicationStep.number.desc())
        .limit(1)
    ).one_or_none()
    if submitted is None:
        return None
    if submitted == application.form_digest:
        return document(application)
    return _kept(session, application, submitted)


def former(session: Session, application: Application) -> dict[str, Any] | None:
    """Return the form that others last saw before this one; null at the first."""
    seen = session.scalars(
        select(ApplicationStep.form_digest)
        .where(
            ApplicationStep.application_id == application.id,
            ApplicationStep.form_digest != application.form_digest,
        )
        .order_by(ApplicationStep.number.desc())
        .limit(1)
    ).one_or_none()
    return None if seen is None else _kept(session, application, seen)


def changes_of(session: Session, application: Application) -> tuple[str, list[Change]]:
    """Return what an application changes, and from what.

    From ``version`` for a form that was handed in before, from ``project`` for an
    amendment. The list is empty where there is nothing to compare with.
    """
    before = former(session, application)
    if before is not None:
        return "version", _between(application, before)
    if application.kind == Kind.AMENDMENT:
        project = session.get_one(Project, application.project_number)
        found = in_force.in_force(session, project, application)
        return "project", _between(application, found)
    return "version", []


def _kept(
    session: Session, application: Application, form_digest: str
) -> dict[str, Any] | None:
    kept = session.get(ApplicationForm, (application.id, form_digest))
    if kept is None:
        # From before versions were kept.
        return None
    read: dict[str, Any] = json.loads(kept.form)
    return read


def _between(application: Application, before: dict[str, Any]) -> list[Change]:
    return changes.between(application.kind, before, document(application))
