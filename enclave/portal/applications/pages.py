"""The pages of applications: all I may see, and one of them with its buttons."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.applications import form_summary
from enclave.portal.desk import Wish, carry_out
from enclave.portal.office import Place
from enclave.portal.tokens import TokenError
from enclave.projects import applications, listings, machine, overview
from enclave.projects.machine import Guard


router = APIRouter(prefix="/applications", include_in_schema=False)

CSRF = "csrf"
CSRF_LIFETIME = timedelta(hours=12)


async def _fields(request: Request) -> dict[str, str]:
    """Return the fields of a submitted page; no page here uploads files."""
    body = (await request.body()).decode(errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=20))


Fields = Annotated[dict[str, str], Depends(_fields)]


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
    actions = [machine.find(document["kind"], name) for name in document["actions"]]
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
                "main": one.waits and Guard.REASON not in one.guards,
            }
            for one in actions
        ],
        csrf=place.tokens.issue(account.name, CSRF, CSRF_LIFETIME),
    )


@router.post("/{application_id}/act")
def act(application_id: int, fields: Fields, visitor: Person, place: Place) -> Response:
    """Do what a button says, and show the application again."""
    _check_page(fields, visitor.account, place)
    wish = Wish(
        application_id,
        fields.get("action", ""),
        visitor.account,
        fields.get("reason", ""),
        _version(fields),
    )
    with place.database.begin() as session:
        account_of(session, visitor)
    carry_out(place.settings, place.database, wish, place.clock)
    return RedirectResponse(f"{place.prefix}/applications/{application_id}", 303)


def _check_page(fields: dict[str, str], account: str, place: Place) -> None:
    """Refuse a form that did not come from a page we gave to this person."""
    try:
        claim = place.tokens.check(fields.get("csrf", ""), CSRF)
    except TokenError as error:
        raise HTTPException(
            403, f"Nothing was done: {error}. Load the page again, then decide."
        ) from None
    if claim.account != account:
        raise HTTPException(
            403,
            "Nothing was done: this page was opened by somebody else. Load it again,"
            " then decide.",
        )


def _version(fields: dict[str, str]) -> int:
    try:
        return int(fields.get("version", ""))
    except ValueError:
        raise HTTPException(
            422, "Nothing was done: the page names no version. Load it again."
        ) from None
