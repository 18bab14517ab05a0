"""``/atlas``: bring a cohort definition along, and take a question to ATLAS."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from enclave.cohort.atlas.reading import read_definition
from enclave.cohort.atlas.writing import write_definition
from enclave.cohort.labels import labels_of
from enclave.cohort.packing import pack, unpack
from enclave.cohort.question import Question
from enclave.cohort.rendering import describe
from enclave.errors import InputError
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Office, Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.portal.visitor import Visitor


router = APIRouter(prefix="/atlas", include_in_schema=False)

DASHBOARD = "/services/feasibility/"


@router.get("")
def offer(
    request: Request, visitor: Person, place: Place, question: str = ""
) -> Response:
    """Show where a definition can be pasted, and the question to be taken along."""
    asked = unpack(question) if question else None
    return _page(request, visitor, place, question=asked, leaving=True)


@router.post("")
def translate(
    request: Request, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Show the question that a definition is, or all that it cannot be."""
    check(fields, visitor.account, place)
    text, entry_only = fields.get("definition", ""), "entry_only" in fields
    more: dict[str, Any] = {"text": text, "entry_only": entry_only}
    try:
        found, notes = read_definition(text, entry_only=entry_only)
    except InputError as error:
        more["refused"] = _lines(error)
        return _page(request, visitor, place, status=422, **more)
    return _page(request, visitor, place, question=found, notes=notes, **more)


@router.get("/definition.json")
def definition(
    request: Request, question: str, visitor: Person, place: Place
) -> Response:
    """Return a question as a file for ATLAS, or all that ATLAS cannot say."""
    asked, catalogue = unpack(question), place.catalogue()
    labels = labels_of(asked, catalogue, "en") if catalogue else None
    try:
        text, _ = write_definition(asked, labels)
    except InputError as error:
        refused = _lines(error)
        return _page(
            request,
            visitor,
            place,
            question=asked,
            refused=refused,
            leaving=True,
            status=422,
        )
    name = f"cohort-{asked.digest[:8]}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/json", headers=headers)


def _lines(error: InputError) -> list[str]:
    """Return what a translation refuses: a sentence, and each thing by its name."""
    return [line.strip() for line in str(error).splitlines()]


def _page(
    request: Request,
    visitor: Visitor,
    place: Office,
    *,
    question: Question | None = None,
    status: int = 200,
    **values: Any,
) -> Response:
    language, catalogue = words.chosen(request), place.catalogue()
    said = packed = None
    if question is not None:
        packed = pack(question)
        labels = labels_of(question, catalogue, language) if catalogue else None
        said = describe(question, language, labels)
    with place.database.begin() as session:
        account = account_of(session, visitor)
    nothing: dict[str, Any] = {"text": "", "entry_only": False, "refused": ()}
    return pages.write(
        request,
        "atlas/show.html",
        status=status,
        account=account,
        said=said,
        packed=packed,
        dashboard=DASHBOARD,
        csrf=issue(visitor.account, place),
        **{**nothing, "notes": (), "leaving": False, **values},
    )
