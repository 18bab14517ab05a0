"""The pages of re-runs: the list, one while it runs, and the health of the archive."""

import secrets
from typing import Literal, get_args

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, RedirectResponse, Response

from enclave.archive import rerun, rerun_overview, rerun_request
from enclave.archive.jobs import enqueue_rerun
from enclave.archive.rerun_request import Wish
from enclave.archive.rerun_terms import DataOf, Terms
from enclave.archive.rerun_work import CERTIFICATE_PAGE
from enclave.errors import InputError, NotFoundError
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.portal.reruns.api import Number
from enclave.projects import kinds
from enclave.projects.machine import Kind
from enclave.sandbox import released_kernels


router = APIRouter(prefix="/reruns", include_in_schema=False)

# While one of these holds, something may change by itself.
_MOVING = frozenset({"queued", "running"})


@router.get("")
def listing(
    request: Request, visitor: Person, place: Place, page: Number = 1
) -> Response:
    """Show the re-runs one may know of, and the form to ask for another."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        rows = rerun_overview.listing(session, account, place.clock, page=page)
        analyses = rerun_overview.analyses(session, account, place.clock)
        well = rerun_overview.health(session, account, place.clock)["well"]
    return pages.write(
        request,
        "reruns/list.html",
        account=account,
        reruns=rows,
        analyses=analyses,
        kernels=[one.name for one in released_kernels.releases()],
        well=well,
        page=page,
        more=len(rows) == rerun_overview.PAGE_SIZE,
        may_write=bool(kinds.of(Kind.RERUN_REQUEST).by & account.roles),
        csrf=issue(account.name, place),
    )


@router.post("")
def ask(fields: Fields, visitor: Person, place: Place) -> Response:
    """Ask for a re-run, and go to its page; or to that of the same, asked for today.

    Who goes back to the form and presses again means the one that is there.
    """
    check(fields, visitor.account, place)
    terms = Terms(_data(fields.get("data", "")), fields.get("kernel") or None)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        made = enqueue_rerun(
            session,
            place.settings,
            fields.get("analysis", ""),
            Wish(account.name, secrets.token_hex(16), terms, once=True),
            clock=place.clock,
        )
        address = f"{place.prefix}/reruns/{made.analysis_id}/{made.number}"
    return RedirectResponse(address, 303)


@router.get("/health")
def health(request: Request, visitor: Person, place: Place) -> Response:
    """Show whether the archive is well."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = rerun_overview.health(session, account, place.clock)
    knows_all = bool(rerun_request.SEES_ALL & account.roles)
    return pages.write(
        request, "reruns/health.html", account=account, health=found, all=knows_all
    )


@router.get("/{analysis}/{number}")
def show(
    request: Request, analysis: str, number: int, visitor: Person, place: Place
) -> Response:
    """Show one re-run."""
    return _page(request, "show", (analysis, number), visitor, place)


@router.post("/{analysis}/{number}/standing")
def standing(
    request: Request,
    analysis: str,
    number: int,
    fields: Fields,
    visitor: Person,
    place: Place,
) -> Response:
    """Show the open page of a re-run what moved; it proves that it is ours."""
    check(fields, visitor.account, place)
    return _page(request, "standing", (analysis, number), visitor, place)


def _page(
    request: Request, page: str, which: tuple[str, int], visitor: Person, place: Place
) -> Response:
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = rerun_overview.one(session, *which, account, place.clock)
    return pages.write(
        request,
        f"reruns/{page}.html",
        account=account,
        rerun=found,
        moving=found["state"] in _MOVING,
        may_cancel=found["requested_by"] == account.name or "core" in account.roles,
        csrf=issue(account.name, place),
    )


@router.post("/{analysis}/{number}")
def press(
    analysis: str, number: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Cancel a re-run, or take up one whose job failed."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = rerun_overview.one(session, analysis, number, account, place.clock)
        request = rerun_request.get(session, analysis, number)
        if fields.get("action") == "again":
            terms = Terms(request.data, request.kernel)  # type: ignore[arg-type] # of them
            wish = Wish(account.name, found["key"], terms)
            enqueue_rerun(session, place.settings, analysis, wish, clock=place.clock)
        else:
            rerun_request.cancel(
                session, request, actor=account.name, clock=place.clock
            )
    return RedirectResponse(f"{place.prefix}/reruns/{analysis}/{number}", 303)


@router.get("/{analysis}/{number}/{file}")
def certificate(
    analysis: str, number: int, file: str, visitor: Person, place: Place
) -> FileResponse:
    """Hand out the certificate, which holds no data: as JSON, or as a page."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = rerun_overview.one(session, analysis, number, account, place.clock)
    path = rerun.folder_of(place.settings, analysis, number) / file
    handed_out = file in {rerun.CERTIFICATE, CERTIFICATE_PAGE} and path.is_file()
    if found["state"] != rerun_overview.DONE or not handed_out:
        raise NotFoundError(f"Re-run {number} of {analysis} has no such certificate.")
    return FileResponse(path, filename=f"{analysis}-{number}-{file}")


def _data(text: str) -> DataOf:
    known: tuple[Literal["frozen", "today"], ...] = get_args(DataOf)
    for one in known:
        if text == one:
            return one
    raise InputError(f"{text!r} is no choice of data: choose {' or '.join(known)}.")
