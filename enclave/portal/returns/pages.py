"""``/projects/SLUG/return``: what lies in the return folder, and a button for each."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from enclave.archive import shelf, underway
from enclave.errors import InputError, PolicyRefusal
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Office, Place
from enclave.portal.page_forms import Fields, check, fields_of, issue
from enclave.projects import lifecycle, memberships
from enclave.returns import folder, publications
from enclave.returns.datasets import desk
from enclave.store.project_tables import Account, Project


# Digits of the number of a job.
_LONGEST = 9

# A tick box for each archived analysis, and what else a publication's form has.
_MOST_FIELDS = 2000
_TICK = "of:"

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
        published = [
            (one.doi, json.loads(one.analyses))
            for one in publications.of_project(session, slug)
        ]
        archived = [(one.id, one.title) for one in shelf.everything(session, slug)]
    return pages.write(
        request,
        "returns/show.html",
        account=account,
        slug=slug,
        title=title,
        entries=folder.entries(place.settings, slug),
        overlooked=folder.overlooked(place.settings, slug),
        returned=returned,
        published=published,
        archived=archived,
        tick=_TICK,
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


async def _ticks(request: Request) -> dict[str, str]:
    return await fields_of(request, _MOST_FIELDS)


@router.post("/publication")
def publish(
    slug: str,
    fields: Annotated[dict[str, str], Depends(_ticks)],
    visitor: Person,
    place: Place,
) -> Response:
    """Put a publication on record, and the archived analyses that it rests on."""
    check(fields, visitor.account, place)
    behind = [name.removeprefix(_TICK) for name in fields if name.startswith(_TICK)]
    with place.database.begin() as session:
        account = account_of(session, visitor)
        _check_member(session, lifecycle.get(session, slug), account, place)
        publications.record(
            session,
            slug,
            fields.get("doi", ""),
            behind,
            actor=visitor.account,
            clock=place.clock,
        )
    done = f"{place.prefix}/projects/{slug}/return?done=publication"
    return RedirectResponse(done, 303)


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
