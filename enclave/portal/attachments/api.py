"""``/api/applications/{id}/attachments``."""

from typing import Annotated, Any

from fastapi import APIRouter, Body
from starlette.responses import Response

from enclave.airlock.attachments.desk import NewFile
from enclave.portal.admission import Person, account_of
from enclave.portal.attachments import handling
from enclave.portal.office import Place
from enclave.projects import applications, attachments


router = APIRouter(prefix="/api/applications", tags=["attachments"])

Content = Annotated[bytes, Body(media_type="application/octet-stream")]


@router.get("/{application_id}/attachments")
def listing(application_id: int, visitor: Person, place: Place) -> list[dict[str, Any]]:
    """List what is attached, and what was removed again."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = applications.get(session, application_id, account.name)
        return [attachments.document(one) for one in attachments.every(session, found)]


@router.post("/{application_id}/attachments", status_code=201)
def attach(
    application_id: int, name: str, content: Content, visitor: Person, place: Place
) -> dict[str, Any]:
    """Attach a file: its bytes as the body, its name in the address."""
    made = handling.attach(application_id, NewFile(name, content), visitor, place)
    return attachments.document(made)


@router.get(
    "/{application_id}/attachments/{attachment_id}",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
def read(
    application_id: int, attachment_id: int, visitor: Person, place: Place
) -> Response:
    """Return a file as it was attached."""
    return handling.as_download(application_id, attachment_id, visitor, place)


@router.delete("/{application_id}/attachments/{attachment_id}", status_code=204)
def remove(
    application_id: int, attachment_id: int, visitor: Person, place: Place
) -> None:
    """Remove a file; that it was there stays on record."""
    handling.remove(application_id, attachment_id, visitor, place)
