"""``/api/cpr-extracts``."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from enclave.portal.admission import Person
from enclave.portal.cpr_extracts import handling
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
    return handling.take(wanted.link, visitor, place)


@router.get("/{application_id}")
def show(application_id: int, visitor: Person, place: Place) -> dict[str, Any]:
    """Return where the extracts of an application stand."""
    return handling.look(application_id, visitor, place).shown


@router.post("/{application_id}", status_code=202)
def prepare(
    request: Request, application_id: int, visitor: Person, place: Place
) -> dict[str, Any]:
    """Have a worker make it: link and pass phrase are told this once."""
    made = handling.prepare(request, application_id, visitor, place)
    return {"link": made.link, "pass_phrase": made.pass_phrase}


@router.post("/{application_id}/destroyed", status_code=204)
def destroyed(
    application_id: int, wanted: Destroyed, visitor: Person, place: Place
) -> None:
    """Confirm that a list you took, and every copy of it, is destroyed."""
    handling.destroyed(application_id, wanted.extract, visitor, place)
