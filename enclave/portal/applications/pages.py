"""The pages of applications: all I may see, and one of them with its buttons."""

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from enclave.feasibility import request_answer
from enclave.feasibility.outcome import Remarks
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.applications import form_summary
from enclave.portal.desk import Wish, carry_out
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import applications, listings, overview
from enclave.projects.machine import Guard


router = APIRouter(prefix="/applications", include_in_schema=False)


@router.get("")
def listing(
    request: Request,
    visitor: Person,
    place: Place,
    page: int = 1,
    *,
    waiting: bool = False,
) -> Response:
    """Show the applications the visitor may see, or those that wait for them."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        wanted = listings.waiting_for if waiting else listings.listing
        found = wanted(session, account, page=page)
    return pages.write(
        request,
        "applications/list.html",
        account=account,
        rows=[overview.summary(one) for one in found.applications],
        found=found,
        waiting=waiting,
    )


@router.get("/{application_id}")
def show(
    request: Request, application_id: int, visitor: Person, place: Place
) -> Response:
    """Show one application, with what the visitor may do to it."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = applications.get(session, application_id, account.name)
        document = overview.document(session, found, account, place.catalogue())
        actions = overview.possible(session, found, account)
    language = words.chosen(request)
    return pages.write(
        request,
        "applications/show.html",
        account=account,
        application=document,
        form=form_summary.rows(document["kind"], document["form"], language),
        actions=[
            {
                "name": one.action,
                "reason": Guard.REASON in one.guards,
                "figure": one.figure,
                "main": one.waits and Guard.REASON not in one.guards and not one.figure,
            }
            for one in actions
        ],
        csrf=issue(account.name, place),
    )


@router.post("/{application_id}/act")
def act(application_id: int, fields: Fields, visitor: Person, place: Place) -> Response:
    """Do what a button says, and show the application again."""
    check(fields, visitor.account, place)
    wish = Wish(
        application_id,
        fields.get("action", ""),
        visitor.account,
        fields.get("reason", ""),
        _version(fields),
        _figure(fields),
    )
    with place.database.begin() as session:
        account_of(session, visitor)
    carry_out(place.settings, place.database, wish, place.clock)
    return RedirectResponse(f"{place.prefix}/applications/{application_id}", 303)


@router.post("/{application_id}/answer")
def answer(
    request: Request, application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Answer a feasibility request; who answers sees the exact count, this once."""
    check(fields, visitor.account, place)
    remarks = {name: fields.get(name, "").strip() for name in Remarks.model_fields}
    wish = request_answer.Wish(
        application_id,
        visitor.account,
        fields.get("reason", ""),
        Remarks(**remarks),
        _version(fields),
    )
    with place.database.begin() as session:
        account = account_of(session, visitor)
    done = request_answer.answer(
        place.settings, place.database, wish, clock=place.clock
    )
    return pages.write(
        request,
        "applications/answered.html",
        account=account,
        exact=done.exact,
        number=application_id,
    )


def _figure(fields: dict[str, str]) -> int | None:
    text = fields.get("figure", "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _version(fields: dict[str, str]) -> int:
    try:
        return int(fields.get("version", ""))
    except ValueError:
        raise HTTPException(
            422, "Nothing was done: the page names no version. Load it again."
        ) from None
