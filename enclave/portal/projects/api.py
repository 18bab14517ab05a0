"""``/api/projects``."""

from typing import Any

from fastapi import APIRouter

from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.projects import lifecycle, memberships, project_overview


router = APIRouter(prefix="/api/projects", tags=["projects"])


@router.get("")
def mine(visitor: Person, place: Place) -> dict[str, Any]:
    """List the projects you are a member of, each with its state of today."""
    today = place.clock().date()
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = memberships.projects_of(session, account.name, place.clock)
        rows = [project_overview.summary(session, one, today) for one in found]
    return {"projects": rows}


@router.get("/{slug}")
def one(slug: str, visitor: Person, place: Place) -> dict[str, Any]:
    """Return a project with its members, approvals and applications."""
    today = place.clock().date()
    with place.database.begin() as session:
        account = account_of(session, visitor)
        project = lifecycle.get(session, slug)
        project_overview.require_sight(session, project, account, today)
        return project_overview.document(session, project, today, account)
