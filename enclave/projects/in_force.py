"""What is approved for a project now: its proposal, as amendments have changed it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from enclave.cohort.question import Question
from enclave.projects import register
from enclave.projects.case import document
from enclave.projects.machine import Kind, State
from enclave.store.project_tables import Application, Project


def in_force(
    session: Session, project: Project, before: Application | None = None
) -> dict[str, Any]:
    """Return the fields that a project's next application starts from, as JSON.

    With ``before``, what was in force when that amendment was decided, or is now.

    ``population`` and ``group`` as last approved; ``variables`` and ``window`` as the
    last amendment or else the last active data request has them, absent before that.
    """
    found: dict[str, Any] = {
        "project": project.slug,
        "end_date": project.end_date.isoformat(),
        "approvals": [
            one.model_dump(mode="json", exclude_defaults=True)
            for one in register.approvals_of(session, project)
        ],
    }
    if before is not None:
        # The project itself may have the later one already.
        del found["end_date"]
    for form in _newest_first(session, project, before):
        for name in ("population", "group", "variables", "window", "end_date"):
            if form.get(name) and name not in found:
                found[name] = form[name]
    return found


def population_before(session: Session, application: Application) -> Question | None:
    """Return the population that an amendment changes; null for other kinds."""
    if application.kind != Kind.AMENDMENT or application.project_number is None:
        return None
    project = session.get_one(Project, application.project_number)
    found = in_force(session, project, application)
    return Question.model_validate(found["population"])


def _newest_first(
    session: Session, project: Project, before: Application | None
) -> Iterator[dict[str, Any]]:
    earlier: ColumnElement[bool] = true()
    if before is not None:
        earlier = Application.id != before.id
        if before.state == State.APPROVED:
            earlier &= Application.changed < before.changed
    rows = session.scalars(
        select(Application)
        .where(
            earlier,
            Application.project_number == project.number,
            (
                (Application.kind == Kind.AMENDMENT)
                & (Application.state == State.APPROVED)
            )
            | (
                (Application.kind == Kind.DATA_REQUEST)
                & (Application.state == State.ACTIVE)
            ),
        )
        .order_by(Application.changed.desc(), Application.id.desc())
    )
    for row in rows:
        form = document(row)
        if row.kind == Kind.DATA_REQUEST:
            # Population and group are the project's: a request only repeats them.
            form = {name: form.get(name) for name in ("variables", "window")}
        yield form
    yield document(session.get_one(Application, project.proposal_id))
