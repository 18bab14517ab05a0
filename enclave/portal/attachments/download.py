"""Hand a file to a browser so that it is saved, and never shown by it as a page."""

from urllib.parse import quote

from starlette.responses import Response

from enclave.airlock.attachments import desk
from enclave.portal.admission import account_of
from enclave.portal.office import Office
from enclave.portal.visitor import Visitor


def as_download(
    application_id: int, attachment_id: int, visitor: Visitor, place: Office
) -> Response:
    """Return an attachment, to whoever may read its application."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
    name, media_type, content = desk.hand_out(
        place.settings,
        place.database,
        application_id,
        attachment_id,
        actor=account,
        clock=place.clock,
    )
    return saved_as(name, media_type, content)


def saved_as(name: str, media_type: str, content: bytes) -> Response:
    """Return content that a browser saves under a name."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition}
    return Response(content, media_type=media_type, headers=headers)
