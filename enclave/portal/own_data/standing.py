"""Where the upload of one described table stands, for its page and for programs."""

from typing import Any

from sqlalchemy.orm import Session

from enclave.airlock import ingress_jobs
from enclave.airlock.ingress import MOST_BYTES, Ingress
from enclave.errors import NotFoundError
from enclave.portal.office import Office
from enclave.projects import applications
from enclave.projects.case import document
from enclave.projects.machine import Kind
from enclave.store.project_tables import Application


# Below what a request may have, with room for its head.
PIECE = 3 << 20


def own_data(session: Session, number: int, account: str) -> Application:
    """Return an application for own data that a person may see.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    found = applications.get(session, number, account)
    if found.kind != Kind.OWN_DATA:
        raise NotFoundError(f"Application {number} describes no own data.")
    return found


def standing(session: Session, place: Office, found: Application) -> dict[str, Any]:
    """Return what has arrived, what was found in it, and what a worker does now."""
    hand = Ingress(place.settings, place.database, found.id)
    job = ingress_jobs.latest(session, found.id, found.version)
    return {
        "application": found.id,
        "state": found.state,
        "table": str(document(found).get("table", "")),
        "received": hand.received,
        "most": MOST_BYTES,
        "piece": PIECE,
        "looked_through": hand.looked_through,
        "findings": hand.findings(),
        "job": job
        and {"state": job.state, "step": job.payload["step"], "message": job.message},
    }
