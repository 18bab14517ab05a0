"""The forms that attach and remove files, below an application's own pages."""

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import RedirectResponse, Response

from enclave.airlock.attachments import desk
from enclave.portal.admission import Person
from enclave.portal.attachments import handling
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check


router = APIRouter(
    prefix="/applications/{application_id}/attachments", include_in_schema=False
)


class _InMemory(MultiPartParser):
    """Reads a form without putting parts of it on the disk in clear."""

    spool_max_size = desk.MOST_BYTES + (1 << 20)


@router.post("")
async def attach(
    request: Request, application_id: int, visitor: Person, place: Place
) -> Response:
    """Attach the file of a form, and show the page that it was sent from."""
    fields, sent = await _read(request)
    check(fields, visitor.account, place)
    if sent is None:
        raise HTTPException(422, "Nothing was attached: choose a file first.")
    await run_in_threadpool(handling.attach, application_id, sent, visitor, place)
    return _back(place, application_id, fields)


@router.get("/{attachment_id}")
def read(
    application_id: int, attachment_id: int, visitor: Person, place: Place
) -> Response:
    """Hand out a file."""
    return handling.as_download(application_id, attachment_id, visitor, place)


@router.post("/{attachment_id}/remove")
def remove(
    application_id: int,
    attachment_id: int,
    fields: Fields,
    visitor: Person,
    place: Place,
) -> Response:
    """Remove a file, and show the page that the wish came from."""
    check(fields, visitor.account, place)
    handling.remove(application_id, attachment_id, visitor, place)
    return _back(place, application_id, fields)


async def _read(request: Request) -> tuple[dict[str, str], desk.NewFile | None]:
    parser = _InMemory(request.headers, request.stream(), max_files=1, max_fields=5)
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError):
        raise HTTPException(
            422, "Nothing was attached: the page was not sent whole. Try again."
        ) from None
    try:
        fields = {name: text for name, text in form.items() if isinstance(text, str)}
        sent = form.get("file")
        if not isinstance(sent, UploadFile) or not sent.filename:
            return fields, None
        # Old browsers send the whole path.
        name = sent.filename.rpartition("\\")[2]
        return fields, desk.NewFile(name, await sent.read())
    finally:
        await form.close()


def _back(place: Place, number: int, fields: dict[str, str]) -> Response:
    below = "/edit" if fields.get("from") == "edit" else ""
    where = f"{place.prefix}/applications/{number}{below}#attachments"
    return RedirectResponse(where, 303)
