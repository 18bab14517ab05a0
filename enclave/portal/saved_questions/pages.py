"""``/saved-questions``: a person's own questions, and one more to be saved.

A dashboard shows a link with its question, and the person presses the button here, as
themselves. A kernel only reads what was saved: whatever a kernel could write, a kernel
in a workspace could write patients' data into.
"""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.cohort import saved_questions
from enclave.cohort.labels import labels_of
from enclave.cohort.packing import pack, unpack
from enclave.cohort.rendering import describe
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue


router = APIRouter(prefix="/saved-questions", include_in_schema=False)

DASHBOARD = "/services/feasibility/"


@router.get("")
def listing(
    request: Request, visitor: Person, place: Place, question: str = ""
) -> Response:
    """Show what was saved, and the question of the address to be saved."""
    said = None
    if question:
        asked, language = unpack(question), words.chosen(request)
        catalogue = place.catalogue()
        labels = labels_of(asked, catalogue, language) if catalogue else None
        said = describe(asked, language, labels)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        rows = saved_questions.of_account(session, account)
    return pages.write(
        request,
        "saved_questions/list.html",
        account=account,
        said=said,
        packed=question,
        longest=saved_questions.LONGEST_NAME,
        rows=[(row, f"{DASHBOARD}?question={pack(row.question)}") for row in rows],
        csrf=issue(account.name, place),
    )


@router.post("")
def save(fields: Fields, visitor: Person, place: Place) -> Response:
    """Save a question, and show all of them."""
    check(fields, visitor.account, place)
    question, name = unpack(fields.get("question", "")), fields.get("name", "")
    with place.database.begin() as session:
        account = account_of(session, visitor)
        saved_questions.save(session, account, name, question, place.clock)
    return RedirectResponse(f"{place.prefix}/saved-questions", 303)


@router.post("/{number}/delete")
def delete(number: int, fields: Fields, visitor: Person, place: Place) -> Response:
    """Delete a question, and show the others."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        saved_questions.delete(session, account, number)
    return RedirectResponse(f"{place.prefix}/saved-questions", 303)
