"""``/own-data/{id}``: the upload of one described table, and what came of it.

The page's script sends the file in pieces and goes on where it stopped; what it sends
carries the proof that it is our page.
"""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from enclave.airlock import ingress_jobs
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Office, Place
from enclave.portal.own_data import handling
from enclave.portal.own_data.standing import own_data, standing
from enclave.portal.page_forms import Fields, check, issue
from enclave.portal.visitor import Visitor
from enclave.projects import ownership
from enclave.projects.machine import State
from enclave.projects.people import Role


router = APIRouter(prefix="/own-data/{application_id}", include_in_schema=False)

Proof = Annotated[str, Header(alias="x-proof")]


@router.get("")
def show(
    request: Request, application_id: int, visitor: Person, place: Place
) -> Response:
    """Show where the upload stands, and what the visitor can do."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = own_data(session, application_id, account.name)
        shown = standing(session, place, found)
        leads = ownership.leads(session, found, account)
        barred = ownership.barred(session, found, account)
    decides = Role.DATA_MANAGER in account.roles and not barred
    working = shown["job"] and shown["job"]["state"] in {"queued", "running"}
    scanned = shown["looked_through"] and shown["state"] == State.UPLOADED
    steps = [
        step
        for step, (state, _) in ingress_jobs.STEPS.items()
        if decides and not working and not scanned and shown["state"] == state
    ]
    return pages.write(
        request,
        "own_data/show.html",
        account=account,
        shown=shown,
        may_upload=leads and shown["state"] == State.DESCRIPTION_APPROVED,
        working=working,
        steps=steps,
        csrf=issue(account.name, place),
    )


@router.post("/jobs")
def enqueue(
    application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Leave a step to a worker, as the button says."""
    check(fields, visitor.account, place)
    handling.enqueue(application_id, fields.get("step", ""), visitor, place)
    return RedirectResponse(f"{place.prefix}/own-data/{application_id}", 303)


@router.post("/received")
def received(
    application_id: int, visitor: Person, place: Place, proof: Proof = ""
) -> Response:
    """Tell the page's script how many bytes have arrived."""
    _check(proof, visitor, place)
    arrived = handling.received(application_id, visitor, place)
    return JSONResponse({"received": arrived})


@router.post("/pieces")
async def append(
    request: Request,
    application_id: int,
    offset: int,
    visitor: Person,
    place: Place,
    proof: Proof = "",
) -> Response:
    """Take the next piece of the file from the page's script."""
    _check(proof, visitor, place)
    arrived = await run_in_threadpool(
        handling.append, application_id, offset, await request.body(), visitor, place
    )
    return JSONResponse({"received": arrived})


@router.post("/complete")
def complete(
    application_id: int,
    sha256: str,
    visitor: Person,
    place: Place,
    proof: Proof = "",
) -> Response:
    """Hear from the page's script that the whole file has arrived."""
    _check(proof, visitor, place)
    handling.complete(application_id, sha256, visitor, place)
    arrived = handling.received(application_id, visitor, place)
    return JSONResponse({"received": arrived})


def _check(proof: str, visitor: Visitor, place: Office) -> None:
    check({"csrf": proof}, visitor.account, place)
