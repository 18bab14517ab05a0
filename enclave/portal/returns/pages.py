"""``/projects/SLUG/return``: what lies in the return folder, and a button for each."""

from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from enclave.archive import underway
from enclave.errors import InputError, PolicyRefusal
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Office, Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import lifecycle, memberships
from enclave.returns import folder
from enclave.returns.datasets import desk
from enclave.store.project_tables import Account, Project


# Digits of the number of a job.
_LONGEST = 9

router = APIRouter(prefix="/projects/{slug}/return", include_in_schema=False)


@router.get("")
def show(request: Request, slug: str, visitor: Person, place: Place) -> Response:
    """Show what lies there, and what was handed in before."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        project = lifecycle.get(session, slug)
        _check_member(session, project, account, place)
        title = project.title
        returned = desk.listing(session, slug)
        moving = _underway(session, slug)
    return pages.write(
        request,
        "returns/show.html",
        account=account,
        slug=slug,
        title=title,
        entries=folder.entries(place.settings, slug),
        returned=returned,
        **moving,
        done=request.query_params.get("done", ""),
        csrf=issue(account.name, place),
    )


@router.post("/underway")
def follow(
    request: Request, slug: str, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Show the open page what moved since; it proves that it is ours."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        _check_member(session, lifecycle.get(session, slug), account, place)
        moving = _underway(session, slug)
    return pages.write(
        request,
        "returns/underway.html",
        account=account,
        slug=slug,
        csrf=issue(account.name, place),
        **moving,
    )


@router.post("/cancel")
def cancel(slug: str, fields: Fields, visitor: Person, place: Place) -> Response:
    """Have an analysis not archived that the visitor handed in."""
    check(fields, visitor.account, place)
    number = fields.get("job", "")
    if not number.isdecimal() or len(number) > _LONGEST:
        raise InputError("Nothing was cancelled: there is no such button.")
    with place.database.begin() as session:
        account = account_of(session, visitor)
        _check_member(session, lifecycle.get(session, slug), account, place)
        underway.cancel(
            session, int(number), actor=visitor.account, project=slug, clock=place.clock
        )
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


def _check_member(
    session: Session, project: Project, account: Account, place: Office
) -> None:
    today = place.clock().date()
    if memberships.role_in(session, project, account.name, today) is None:
        raise PolicyRefusal(
            f"{account.name} is no member of project {project.slug}: its members hand"
            " in what it gives back."
        )


def _underway(session: Session, slug: str) -> dict[str, Any]:
    found = underway.of_project(session, slug)
    return {
        "underway": found,
        "moving": any(one.moves for one in found),
        "refusal_in_danish": underway.in_danish,
    }
