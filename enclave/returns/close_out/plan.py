"""What is said before anything is destroyed: what goes, what stays, what ends with it.

The plan is made from the database alone, so that it says the same until something
happens to the project. Who orders the destruction names the plan's digest: they have
read this one and no other.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.canonical import digest
from enclave.delivery import records as deliveries
from enclave.projects import lifecycle
from enclave.projects.machine import Kind
from enclave.returns.close_out.checklist import (
    Item,
    analyses_of,
    checklist,
    close_out_of,
    last_rerun,
)
from enclave.store.project_tables import Application, ApplicationStep, Project


@dataclass(frozen=True)
class Plan:
    """One project's end, before it is carried out.

    Attributes
    ----------
    application
        Number of its close-out; null where none was handed in.
    checked_by
        The data manager who archived the close-out; empty before.
    deliveries, own_data
        The versions of the data by the hash of their manifests, and the numbers of the
        applications that brought own data: their files are destroyed.
    analyses
        What stays of each archived analysis, and how its last re-run came out.
    items
        The checklist.
    """

    project: str
    number: int
    title: str
    application: int | None
    form_digest: str
    checked_by: str
    deliveries: tuple[dict[str, Any], ...]
    own_data: tuple[int, ...]
    analyses: tuple[dict[str, Any], ...]
    items: tuple[Item, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The plan as JSON."""
        return {"document": "close-out-plan", "version": 1, **asdict(self)}

    @property
    def digest(self) -> str:
        """What the plan is named by when it is carried out."""
        return digest(self.document)

    @property
    def open_items(self) -> tuple[Item, ...]:
        """The points that are not settled."""
        return tuple(one for one in self.items if not one.done)


def plan_of(session: Session, slug: str, at: datetime) -> Plan:
    """Return the plan for a project as it stands.

    Raises
    ------
    NotFoundError
        If there is no such project.
    """
    project = lifecycle.get(session, slug)
    form = close_out_of(session, project)
    return Plan(
        project=project.slug,
        number=project.number,
        title=project.title,
        application=form.id if form else None,
        form_digest=form.form_digest if form else "",
        checked_by=_checked_by(session, form) if form else "",
        deliveries=_deliveries(session, slug),
        own_data=_own_data(session, project),
        analyses=_analyses(session, project),
        items=tuple(checklist(session, project, at)),
    )


def _checked_by(session: Session, form: Application) -> str:
    archived = session.scalars(
        select(ApplicationStep.actor)
        .where(
            ApplicationStep.application_id == form.id,
            ApplicationStep.action == "archive",
        )
        .order_by(ApplicationStep.number.desc())
    ).first()
    return archived or ""


def _deliveries(session: Session, slug: str) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "version": one.version,
            "snapshot": one.snapshot,
            "manifest_sha256": one.manifest_digest,
            "persons": one.persons,
            "rows": one.rows,
        }
        for one in reversed(deliveries.of_project(session, slug))
    )


def _own_data(session: Session, project: Project) -> tuple[int, ...]:
    found = select(Application.id).where(
        Application.project_number == project.number,
        Application.kind == Kind.OWN_DATA,
    )
    return tuple(sorted(session.scalars(found)))


def _analyses(session: Session, project: Project) -> tuple[dict[str, Any], ...]:
    found = []
    for analysis in analyses_of(session, project):
        last = last_rerun(session, analysis.id)
        found.append(
            {
                "id": analysis.id,
                "kernel": analysis.kernel,
                "delivery": analysis.delivery_version,
                "manifest_sha256": analysis.manifest_digest,
                "publishable": analysis.publishable,
                "verdict": last.verdict if last else None,
                "rerun": last.number if last else None,
                "certificate_sha256": last.certificate_digest if last else None,
            }
        )
    return tuple(found)
