"""``/proposals/new``: an application whose population is a question asked elsewhere.

A proposal, or a feasibility request before there is one.

The dashboard may not write applications: its kernel asks with a visit token. So it
shows a link, and what the link opens is a page of the portal, on which the person reads
the question and presses the button as themselves.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.cohort.labels import labels_of
from enclave.cohort.packing import unpack
from enclave.cohort.rendering import describe
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import applications, beginning
from enclave.projects.machine import Kind


router = APIRouter(prefix="/proposals", include_in_schema=False)

LONGEST_TITLE = 120


@router.get("/new")
def offer(request: Request, question: str, visitor: Person, place: Place) -> Response:
    """Show the question, and a button that opens a draft with it."""
    asked = unpack(question)
    language = words.chosen(request)
    catalogue = place.catalogue()
    labels = labels_of(asked, catalogue, language) if catalogue else None
    with place.database.begin() as session:
        account = account_of(session, visitor)
    return pages.write(
        request,
        "proposals/new.html",
        account=account,
        said=describe(asked, language, labels),
        digest=asked.digest,
        packed=question,
        longest=LONGEST_TITLE,
        csrf=issue(account.name, place),
    )


@router.post("/new")
def create(fields: Fields, visitor: Person, place: Place) -> Response:
    """Open a draft of a proposal or of a feasibility request, and show it."""
    check(fields, visitor.account, place)
    asked = unpack(fields.get("question", ""))
    request = fields.get("kind") == Kind.FEASIBILITY_REQUEST
    form: dict[str, object] = {
        "population": asked.model_dump(mode="json", exclude_none=True)
    }
    if request and asked.variables:
        form["variables"] = list(asked.variables)
    title = fields.get("title", "").strip()[:LONGEST_TITLE]
    if title:
        form["title"] = title
    with place.database.begin() as session:
        account = account_of(session, visitor)
        kind = Kind.FEASIBILITY_REQUEST if request else Kind.PROPOSAL
        begun = beginning.begun(session, kind, form, account, place.clock)
        made = applications.create(session, kind, begun, account.name, place.clock)
        number = made.id
    return RedirectResponse(f"{place.prefix}/applications/{number}", 303)
