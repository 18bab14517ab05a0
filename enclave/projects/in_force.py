"""What is approved for a project now: its proposal, as amendments have changed it."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.projects import register
from enclave.projects.case import document
from enclave.projects.machine import Kind, State
from enclave.store.project_tables import Application, Project


def in_force(session: Session, project: Project) -> dict[str, Any]:
    """Return the fields that a project's next application starts from, as JSON.

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
    for form in _newest_first(session, project):
        for name in ("population", "group", "variables", "window"):
            if form.get(name) and name not in found:
                found[name] = form[name]
    return found


def _newest_first(session: Session, project: Project) -> Iterator[dict[str, Any]]:
    rows = session.scalars(
        select(Application)
        .where(
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
