"""``/cpr-extracts/{application}`` and the page that a personal link leads to.

To open the link changes nothing, for mail programs open links by themselves; the button
on its page takes the list, once.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.delivery.cpr_extract import handover, jobs
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.attachments.download import saved_as
from enclave.portal.cpr_extracts.standing import cpr_extract, standing
from enclave.portal.office import Office, Place
from enclave.portal.page_forms import Fields, check, issue


router = APIRouter(prefix="/cpr-extracts", include_in_schema=False)


@router.get("/link/{link}")
def linked(request: Request, link: str, visitor: Person, place: Place) -> Response:
    """Show what a personal link is for, and the button that takes the list."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
    return pages.write(
        request,
        "cpr_extracts/link.html",
        account=account,
        link=link,
        csrf=issue(account.name, place),
    )


@router.post("/link/{link}")
def take(link: str, fields: Fields, visitor: Person, place: Place) -> Response:
    """Hand the encrypted list to its recipient, once."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor).name
    name, content = handover.take(
        place.settings, place.database, link, actor=account, clock=place.clock
    )
    return saved_as(name, "application/octet-stream", content)


@router.get("/{application_id}")
def show(
    request: Request, application_id: int, visitor: Person, place: Place
) -> Response:
    """Show where the extract stands, and what the visitor can do."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = cpr_extract(session, application_id, account.name)
        shown = standing(session, found, account.name)
    return pages.write(
        request,
        "cpr_extracts/show.html",
        account=account,
        shown=shown,
        told=None,
        address="",
        csrf=issue(account.name, place),
    )


@router.post("/{application_id}")
def prepare(
    request: Request, application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Leave the extract to a worker; tell link and pass phrase, this once."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = cpr_extract(session, application_id, account.name)
        told = jobs.enqueue(
            session, place.settings, found.id, actor=account.name, clock=place.clock
        )
        shown = standing(session, found, account.name)
    return pages.write(
        request,
        "cpr_extracts/show.html",
        account=account,
        shown=shown,
        told=told,
        address=address_of(request, place, told.link),
        csrf=issue(account.name, place),
    )


@router.post("/{application_id}/destroyed")
def destroyed(
    application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Record the recipient's word that the list is destroyed."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor).name
        cpr_extract(session, application_id, account)
    text = fields.get("extract", "")
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
    handover.confirm_destruction(
        place.database, number, actor=account, clock=place.clock
    )
    return RedirectResponse(f"{place.prefix}/cpr-extracts/{application_id}", 303)


def address_of(request: Request, place: Office, link: str) -> str:
    """Return the whole address of a personal link, as browsers know it."""
    here = place.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return f"{here}{place.prefix}/cpr-extracts/link/{link}"
