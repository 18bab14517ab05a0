"""``/api/catalogue/codes`` and the page ``/codes``: code systems as trees."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from enclave.feasibility.code_page import code_page, in_words, page_document
from enclave.portal import pages, words
from enclave.portal.admission import AnyVisitor, Person, account_of
from enclave.portal.office import Place


router = APIRouter()

# More codes below one are read better after a search.
MOST_SHOWN = 500


@router.get("/api/catalogue/codes", tags=["catalogue"])
def browse(
    visitor: AnyVisitor,
    place: Place,
    system: str | None = None,
    code: str | None = None,
) -> dict[str, Any]:
    """Return what stands below a code, with its released band of persons.

    The bands are the same for everybody, and looking costs no question.
    """
    with place.database.begin() as session:
        account_of(session, visitor)
    return page_document(code_page(place.settings, place.database, system, code))


@router.get("/codes", include_in_schema=False)
def show(
    request: Request,
    visitor: Person,
    place: Place,
    system: str | None = None,
    code: str | None = None,
) -> Response:
    """Show the codes below one, or at the top of a system."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
    page = code_page(place.settings, place.database, system, code)
    language = words.chosen(request)
    return pages.write(
        request,
        "code_lists/codes.html",
        account=account,
        page=page,
        below=page.below[:MOST_SHOWN],
        in_words=lambda band: in_words(band, language),
    )
