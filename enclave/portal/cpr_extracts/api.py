"""``/api/cpr-extracts``."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from enclave.delivery.cpr_extract import handover, jobs
from enclave.portal.admission import Person, account_of
from enclave.portal.attachments.download import saved_as
from enclave.portal.cpr_extracts.pages import address_of
from enclave.portal.cpr_extracts.standing import cpr_extract, standing
from enclave.portal.office import Place


router = APIRouter(prefix="/api/cpr-extracts", tags=["CPR extracts"])


class Link(BaseModel):
    """A personal link, or what stands behind its last slash."""

    model_config = ConfigDict(extra="forbid")

    link: str


class Destroyed(BaseModel):
    """The number of the extract that is destroyed, with every copy."""

    model_config = ConfigDict(extra="forbid")

    extract: int


@router.post(
    "/take",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def take(wanted: Link, visitor: Person, place: Place) -> Response:
    """Take the encrypted list that a personal link leads to, once."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
    name, content = handover.take(
        place.settings, place.database, wanted.link, actor=account, clock=place.clock
    )
    return saved_as(name, "application/octet-stream", content)


@router.get("/{application_id}")
def show(application_id: int, visitor: Person, place: Place) -> dict[str, Any]:
    """Return where the extracts of an application stand."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
        found = cpr_extract(session, application_id, account)
        return standing(session, found, account)


@router.post("/{application_id}", status_code=202)
def prepare(
    request: Request, application_id: int, visitor: Person, place: Place
) -> dict[str, Any]:
    """Have a worker make it: link and pass phrase are told this once."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
        found = cpr_extract(session, application_id, account)
        told = jobs.enqueue(
            session, place.settings, found.id, actor=account, clock=place.clock
        )
    address = address_of(request, place, told.link)
    return {"link": address, "pass_phrase": told.pass_phrase}


@router.post("/{application_id}/destroyed", status_code=204)
def destroyed(
    application_id: int, wanted: Destroyed, visitor: Person, place: Place
) -> None:
    """Confirm that a list you took, and every copy of it, is destroyed."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
        cpr_extract(session, application_id, account)
    handover.confirm_destruction(
        place.database, wanted.extract, actor=account, clock=place.clock
    )
