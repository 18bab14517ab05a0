"""``/cpr-extracts/{application}`` and the page that a personal link leads to.

To open the link changes nothing, for mail programs open links by themselves; the button
on its page takes the list, once.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.cpr_extracts import handling
from enclave.portal.cpr_extracts.handling import Standing
from enclave.portal.cpr_extracts.standing import of_link
from enclave.portal.office import Office, Place
from enclave.portal.page_forms import Fields, check, issue


router = APIRouter(prefix="/cpr-extracts", include_in_schema=False)


@router.get("/link/{link}")
def linked(request: Request, link: str, visitor: Person, place: Place) -> Response:
    """Show what a personal link is for, and the button that takes the list."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        own = of_link(session, link, account.name, place.clock())
    return pages.write(
        request,
        "cpr_extracts/link.html",
        account=account,
        link=link,
        own=own,
        csrf=issue(account.name, place),
    )


@router.post("/link/{link}")
def take(link: str, fields: Fields, visitor: Person, place: Place) -> Response:
    """Hand the encrypted list to its recipient, once."""
    check(fields, visitor.account, place)
    return handling.take(link, visitor, place)


@router.get("/{application_id}")
def show(
    request: Request, application_id: int, visitor: Person, place: Place
) -> Response:
    """Show where the extract stands, and what the visitor can do."""
    return _page(request, handling.look(application_id, visitor, place), place)


@router.post("/{application_id}")
def prepare(
    request: Request, application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Leave the extract to a worker; tell link and pass phrase, this once."""
    check(fields, visitor.account, place)
    made = handling.prepare(request, application_id, visitor, place)
    return _page(request, made, place)


@router.post("/{application_id}/destroyed")
def destroyed(
    application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Record the recipient's word that the list is destroyed."""
    check(fields, visitor.account, place)
    text = fields.get("extract", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    handling.destroyed(application_id, number, visitor, place)
    return RedirectResponse(f"{place.prefix}/cpr-extracts/{application_id}", 303)


def _page(request: Request, standing: Standing, place: Office) -> Response:
    return pages.write(
        request,
        "cpr_extracts/show.html",
        account=standing.account,
        shown=standing.shown,
        standing=standing,
        csrf=issue(standing.account.name, place),
    )
