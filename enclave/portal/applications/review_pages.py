"""Vote, comment on a section, step aside: what reviewers do on a page."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from enclave.errors import InputError
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, version_of
from enclave.projects import applications, reviews


router = APIRouter(prefix="/applications", include_in_schema=False)


@router.post("/{application_id}/vote")
def vote(
    application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Give a vote on the form that was on the page."""
    check(fields, visitor.account, place)
    given = reviews.Vote(
        fields.get("choice", ""),
        _score(fields.get("score", "")),
        fields.get("remark", ""),
        fields.get("hidden_remark", ""),
    )
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = applications.get(session, application_id, account.name)
        applications.expect_version(session, found.id, version_of(fields))
        reviews.vote(session, found.id, given, account.name, place.clock)
    return _back(place, application_id)


@router.post("/{application_id}/comment")
def comment(
    application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Comment on a section."""
    check(fields, visitor.account, place)
    given = reviews.Comment(
        fields.get("field", ""), fields.get("text", ""), hidden="hidden" in fields
    )
    with place.database.begin() as session:
        account = account_of(session, visitor)
        reviews.comment(session, application_id, given, account.name, place.clock)
    return _back(place, application_id)


@router.post("/{application_id}/step-aside")
def step_aside(
    application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Declare an interest."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        reason = fields.get("reason", "")
        reviews.recuse(session, application_id, reason, account.name, place.clock)
    return _back(place, application_id)


def _score(text: str) -> int:
    if text not in {"1", "2", "3", "4", "5"}:
        raise InputError("A score is a number from 1 (poor) to 5 (excellent).")
    return int(text)


def _back(place: Place, number: int) -> Response:
    return RedirectResponse(f"{place.prefix}/applications/{number}#reviews", 303)
