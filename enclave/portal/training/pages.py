"""``/training``: where I stand, the test, and its result."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.errors import InputError
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects.training import attempts


router = APIRouter(prefix="/training", include_in_schema=False)


@router.get("")
def show(request: Request, visitor: Person, place: Place) -> Response:
    """Show whether the visitor's training holds, and their attempts."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        made = attempts.every(session, account.name)
        going_on = attempts.open_attempt(session, account.name, place.clock)
    return pages.write(
        request,
        "training/show.html",
        account=account,
        missing=attempts.why_not(account, place.clock().date()),
        attempts=[one for one in made if one.done],
        going_on=going_on,
        rules=attempts,
        csrf=issue(account.name, place),
    )


@router.post("")
def begin(fields: Fields, visitor: Person, place: Place) -> Response:
    """Draw a test, and go on to it."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        number = attempts.begin(session, account.name, place.clock).id
    return RedirectResponse(f"{place.prefix}/training/{number}", 303)


@router.get("/{attempt_id}")
def test(request: Request, attempt_id: int, visitor: Person, place: Place) -> Response:
    """Show the questions of a test, or its result."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = attempts.get(session, attempt_id, account.name)
        questions = attempts.asked(found)
    language = words.chosen(request)
    template = "result" if found.done else "test"
    return pages.write(
        request,
        f"training/{template}.html",
        account=account,
        attempt=found,
        rules=attempts,
        questions=[
            {
                "said": one.question.in_language(language),
                "options": one.options(language),
                "right": one.right,
            }
            for one in questions
        ],
        csrf=issue(account.name, place),
    )


@router.post("/{attempt_id}")
def hand_in(attempt_id: int, fields: Fields, visitor: Person, place: Place) -> Response:
    """Mark a test, and show its result."""
    check(fields, visitor.account, place)
    answers = [_answer(fields, number) for number in range(attempts.QUESTIONS)]
    with place.database.begin() as session:
        account = account_of(session, visitor)
        attempts.hand_in(session, attempt_id, answers, account.name, place.clock)
    return RedirectResponse(f"{place.prefix}/training/{attempt_id}", 303)


def _answer(fields: dict[str, str], number: int) -> int:
    text = fields.get(f"answer-{number}", "")
    if not (text.isascii() and text.isdigit() and len(text) == 1):
        raise InputError(
            f"Question {number + 1} has no answer: go back, choose one, and hand in."
        )
    return int(text)
