"""Attach a file, remove one, hand one out: for pages and programs alike."""

from urllib.parse import quote

from starlette.responses import Response

from enclave.airlock.attachments import desk
from enclave.airlock.attachments.desk import NewFile
from enclave.portal.admission import account_of
from enclave.portal.office import Office
from enclave.portal.visitor import Visitor
from enclave.store.attachment_tables import Attachment


def attach(
    application_id: int, sent: NewFile, visitor: Visitor, place: Office
) -> Attachment:
    """Attach a file to an application of the visitor's."""
    return desk.attach(
        place.settings,
        place.database,
        application_id,
        sent,
        actor=_name(visitor, place),
        clock=place.clock,
    )


def remove(
    application_id: int, attachment_id: int, visitor: Visitor, place: Office
) -> None:
    """Remove a file; that it was there stays on record."""
    desk.remove(
        place.settings,
        place.database,
        application_id,
        attachment_id,
        actor=_name(visitor, place),
        clock=place.clock,
    )


def as_download(
    application_id: int, attachment_id: int, visitor: Visitor, place: Office
) -> Response:
    """Return an attachment, to whoever may read its application."""
    name, media_type, content = desk.hand_out(
        place.settings,
        place.database,
        application_id,
        attachment_id,
        actor=_name(visitor, place),
        clock=place.clock,
    )
    return saved_as(name, media_type, content)


def saved_as(name: str, media_type: str, content: bytes) -> Response:
    """Return content that a browser saves under a name, and never shows as a page."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition}
    return Response(content, media_type=media_type, headers=headers)


def _name(visitor: Visitor, place: Office) -> str:
    with place.database.begin() as session:
        return account_of(session, visitor).name
