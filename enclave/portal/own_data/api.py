"""``/api/own-data``."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict

from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.own_data import handling
from enclave.portal.own_data.standing import own_data, standing


router = APIRouter(prefix="/api/own-data", tags=["own data"])

Step = Literal["scan", "load"]
Content = Annotated[bytes, Body(media_type="application/octet-stream")]


class Whole(BaseModel):
    """The SHA-256 of the whole file, in hex: it proves that all has arrived."""

    model_config = ConfigDict(extra="forbid")

    sha256: str


@router.get("/{application_id}")
def show(application_id: int, visitor: Person, place: Place) -> dict[str, Any]:
    """Return how much has arrived, what was found in it, and what is being done."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
        found = own_data(session, application_id, account)
        return standing(session, place, found)


@router.put("/{application_id}/content")
def append(
    application_id: int, offset: int, content: Content, visitor: Person, place: Place
) -> dict[str, int]:
    """Add the next piece of the file, which begins at ``offset``."""
    arrived = handling.append(application_id, offset, content, visitor, place)
    return {"received": arrived}


@router.post("/{application_id}/complete", status_code=204)
def complete(application_id: int, whole: Whole, visitor: Person, place: Place) -> None:
    """Say that the whole file has arrived."""
    handling.complete(application_id, whole.sha256, visitor, place)


@router.post("/{application_id}/jobs/{step}", status_code=202)
def enqueue(
    application_id: int, step: Step, visitor: Person, place: Place
) -> dict[str, Any]:
    """Have a worker look through what arrived (``scan``), or release it (``load``)."""
    job = handling.enqueue(application_id, step, visitor, place)
    return {"job": job.id, "state": job.state}
