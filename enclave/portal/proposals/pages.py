"""``/proposals/new``: a proposal whose population is a question asked elsewhere.

The dashboard may not write applications: its kernel asks with a visit token. So it
shows a link, and what the link opens is a page of the portal, on which the person reads
the question and presses the button as themselves.
"""

import base64
import binascii

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import RedirectResponse, Response

from enclave.cohort.labels import labels_of
from enclave.cohort.question import Question
from enclave.cohort.rendering import describe
from enclave.errors import InputError
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import applications
from enclave.projects.machine import Kind


router = APIRouter(prefix="/proposals", include_in_schema=False)

LONGEST_TITLE = 120


@router.get("/new")
def offer(request: Request, question: str, visitor: Person, place: Place) -> Response:
    """Show the question, and a button that opens a draft with it."""
    asked = unpacked(question)
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
    """Open a draft, and show it."""
    check(fields, visitor.account, place)
    asked = unpacked(fields.get("question", ""))
    form: dict[str, object] = {
        "population": asked.model_dump(mode="json", exclude_none=True)
    }
    title = fields.get("title", "").strip()[:LONGEST_TITLE]
    if title:
        form["title"] = title
    with place.database.begin() as session:
        account = account_of(session, visitor)
        made = applications.create(
            session, Kind.PROPOSAL, form, account.name, place.clock
        )
        number = made.id
    return RedirectResponse(f"{place.prefix}/applications/{number}", 303)


def unpacked(text: str) -> Question:
    """Read a question from an address: its JSON in base64, without padding.

    Raises
    ------
    InputError
        If the address is not whole.
    """
    try:
        document = base64.b64decode(
            text + "=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
        return Question.model_validate_json(document)
    except (binascii.Error, ValidationError, ValueError) as error:
        raise InputError(
            "The question in this address cannot be read, perhaps because the address"
            " was cut. Go back to where you counted, and use the button there."
        ) from error
