"""``/projects/SLUG/return``: what lies in the return folder, and a button for each."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.archive import underway
from enclave.errors import InputError, PolicyRefusal
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import lifecycle, memberships
from enclave.returns import folder
from enclave.returns.datasets import desk


router = APIRouter(prefix="/projects/{slug}/return", include_in_schema=False)


@router.get("")
def show(request: Request, slug: str, visitor: Person, place: Place) -> Response:
    """Show what lies there, and what was handed in before."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        project = lifecycle.get(session, slug)
        today = place.clock().date()
        if memberships.role_in(session, project, account.name, today) is None:
            raise PolicyRefusal(
                f"{account.name} is no member of project {slug}: its members hand in"
                " what it gives back."
            )
        title = project.title
        returned = desk.listing(session, slug)
        handed_in = underway.of_project(session, slug)
    return pages.write(
        request,
        "returns/show.html",
        account=account,
        slug=slug,
        title=title,
        entries=folder.entries(place.settings, slug),
        returned=returned,
        underway=handed_in,
        moving=any(one.moves for one in handed_in),
        done=request.query_params.get("done", ""),
        csrf=issue(account.name, place),
    )


@router.post("/cancel")
def cancel(slug: str, fields: Fields, visitor: Person, place: Place) -> Response:
    """Have an analysis not archived that the visitor handed in."""
    check(fields, visitor.account, place)
    number = fields.get("job", "")
    if not number.isdecimal():
        raise InputError("Nothing was cancelled: there is no such button.")
    with place.database.begin() as session:
        underway.cancel(session, int(number), actor=visitor.account, clock=place.clock)
    return RedirectResponse(f"{place.prefix}/projects/{slug}/return", 303)


@router.post("")
def hand_in(slug: str, fields: Fields, visitor: Person, place: Place) -> Response:
    """Hand in one thing, as the person who pressed the button."""
    check(fields, visitor.account, place)
    kind, number = folder.hand_in(
        place.settings,
        place.database,
        slug,
        fields.get("name", ""),
        fields.get("title", ""),
        actor=visitor.account,
        clock=place.clock,
    )
    if kind == "finding":
        return RedirectResponse(f"{place.prefix}/findings/{number}", 303)
    return RedirectResponse(f"{place.prefix}/projects/{slug}/return?done={kind}", 303)
