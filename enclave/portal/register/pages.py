"""``/register``: open to everybody, also without an account; and the digests."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.projects import public_register


router = APIRouter()


@router.get("/register", include_in_schema=False)
def register(request: Request, place: Place, page: int = 1) -> Response:
    """Show what is done with the data; whoever comes by may read it."""
    with place.database.begin() as session:
        found = public_register.listing(session, place.clock().date(), page)
    return pages.write(
        request, "register/list.html", entries=found.entries, found=found
    )


@router.get("/api/register", tags=["projects"])
def register_as_json(place: Place, page: int = 1) -> dict[str, Any]:
    """List projects: title, leader, purpose, state, data used, results returned."""
    with place.database.begin() as session:
        found = public_register.listing(session, place.clock().date(), page)
    return _document(found)


@router.get("/digest", include_in_schema=False)
def digest(
    request: Request,
    visitor: Person,
    place: Place,
    department: str = "",
    page: int = 1,
) -> Response:
    """Show who used a department's data, for what, and what came back."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        known = public_register.departments(session)
        chosen = department or account.institution
        today = place.clock().date()
        found = public_register.digest(session, chosen, today, page)
    return pages.write(
        request,
        "register/digest.html",
        account=account,
        known=known,
        chosen=chosen,
        entries=found.entries,
        found=found,
    )


@router.get("/api/digest", tags=["projects"])
def digest_as_json(
    visitor: Person, place: Place, department: str = "", page: int = 1
) -> dict[str, Any]:
    """List the projects a department has a part in; by default your institution."""
    with place.database.begin() as session:
        chosen = department or account_of(session, visitor).institution
        today = place.clock().date()
        found = public_register.digest(session, chosen, today, page)
    return {"department": chosen, **_document(found)}


def _document(found: public_register.Listing) -> dict[str, Any]:
    return {
        "projects": [asdict(one) for one in found.entries],
        "total": found.total,
        "page": found.number,
        "pages": found.of,
    }
