"""What is approved for a project now: its proposal, as amendments have changed it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from enclave.cohort.question import Question
from enclave.projects import register
from enclave.projects.case import document
from enclave.projects.fields import Window
from enclave.projects.machine import Kind, State
from enclave.store.project_tables import Application, Project


def in_force(
    session: Session, project: Project, before: Application | None = None
) -> dict[str, Any]:
    """Return the fields that a project's next application starts from, as JSON.

    With ``before``, what was in force when that amendment was decided, or is now.

    ``population`` and ``group`` as last approved; ``variables`` and ``window`` as the
    last amendment has them, or else the proposal, or else the last active data request.
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
    approved = _approved(session, project, before)
    for form in (*approved, *_requests(session, project, before)):
        for name in ("population", "group", "variables", "window", "end_date"):
            if form.get(name) and name not in found:
                found[name] = form[name]
    return found


def approved_window(session: Session, project: Project) -> Window | None:
    """Return the period of the data that was approved; null where none was named."""
    named = (form.get("window") for form in _approved(session, project, None))
    window = next(filter(None, named), None)
    return None if window is None else Window.model_validate(window)


def needs_ethics(session: Session, project: Project) -> bool:
    """Tell whether biological material or genomes were approved for a project."""
    return any(
        form.get("biobank_material")
        or form.get("other_biobank_material")
        or "genomes" in form.get("enclave_use", {}).get("data_types", ())
        for form in _approved(session, project, None)
    )


def population_before(session: Session, application: Application) -> Question | None:
    """Return the population that an amendment changes; null for other kinds."""
    if application.kind != Kind.AMENDMENT or application.project_number is None:
        return None
    project = session.get_one(Project, application.project_number)
    found = in_force(session, project, application)
    return Question.model_validate(found["population"])


def _approved(
    session: Session, project: Project, before: Application | None
) -> list[dict[str, Any]]:
    """Return the amendments that were approved, the newest first, then the proposal."""
    approved = (Application.kind == Kind.AMENDMENT) & (
        Application.state == State.APPROVED
    )
    amendments = _newest_first(session, project, before, approved)
    proposal = session.get_one(Application, project.proposal_id)
    return [*map(document, amendments), document(proposal)]


def _requests(
    session: Session, project: Project, before: Application | None
) -> list[dict[str, Any]]:
    """Return what active data requests add, the newest first.

    Population and group are the project's: a request only repeats them.
    """
    active = (Application.kind == Kind.DATA_REQUEST) & (
        Application.state == State.ACTIVE
    )
    forms = map(document, _newest_first(session, project, before, active))
    return [
        {name: form.get(name) for name in ("variables", "window")} for form in forms
    ]


def _newest_first(
    session: Session,
    project: Project,
    before: Application | None,
    wanted: ColumnElement[bool],
) -> Sequence[Application]:
    earlier: ColumnElement[bool] = true()
    if before is not None:
        earlier = Application.id != before.id
        if before.state == State.APPROVED:
            earlier &= Application.changed < before.changed
    return session.scalars(
        select(Application)
        .where(earlier, wanted, Application.project_number == project.number)
        .order_by(Application.changed.desc(), Application.id.desc())
    ).all()
