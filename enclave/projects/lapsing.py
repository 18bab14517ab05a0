"""Requests for data that end with their project, for nobody can deliver them any more.

Those whose data may be in use are revoked when the data are destroyed. A draft stays as
it is: it is its author's own, and cannot be handed in.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.projects import machine
from enclave.projects.machine import Kind
from enclave.store.project_tables import Application, Project


ACTION = "lapse"


def of(session: Session, project: Project) -> list[int]:
    """Return the numbers of a project's requests that end with it as they are now."""
    (way,) = machine.ways(Kind.DATA_REQUEST, ACTION)
    found = select(Application.id).where(
        Application.project_number == project.number,
        Application.kind == Kind.DATA_REQUEST,
        Application.state.in_(way.sources),
    )
    return [*session.scalars(found.order_by(Application.id))]
