"""Which projects were granted which variables."""

import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from enclave.projects.machine import State
from enclave.store.delivery_tables import IssuedGrant
from enclave.store.project_tables import Application


def variables_of(session: Session, project_number: int) -> frozenset[str]:
    """Return every variable that a project was ever granted."""
    documents = session.scalars(
        select(IssuedGrant.document).where(IssuedGrant.project_number == project_number)
    )
    return frozenset(name for one in documents for name in json.loads(one)["variables"])


def requests_with(session: Session, variables: set[str]) -> list[Application]:
    """Return the active data requests whose grant holds one of some variables."""
    rows = session.execute(
        select(Application, IssuedGrant.document)
        .join(IssuedGrant, IssuedGrant.application_id == Application.id)
        .where(Application.state == State.ACTIVE)
        .order_by(Application.id, IssuedGrant.version)
    )
    # The newest grant of a request is the one in force.
    newest = {request: json.loads(document)["variables"] for request, document in rows}
    return [one for one, granted in newest.items() if variables & {*granted}]
