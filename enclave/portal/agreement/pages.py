"""``/agreement`` and ``/api/agreement``."""

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects.agreement import accepting
from enclave.projects.agreement.accepting import Agreement
from enclave.store.certification_tables import AgreementAcceptance


router = APIRouter()


class Accepted(BaseModel):
    """That you read a version of the agreement, and agree."""

    model_config = ConfigDict(extra="forbid")

    version: str
    language: str = "en"


@router.get("/agreement", include_in_schema=False)
def show(request: Request, visitor: Person, place: Place) -> Response:
    """Show the text that is in force, and whether the visitor accepted it."""
    today = place.clock().date()
    text = accepting.current(today)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        missing = accepting.why_not(session, account, today)
        accepted = accepting.accepted_by(session, account.name)
    return pages.write(
        request,
        "agreement/show.html",
        account=account,
        agreement=text,
        said=text.text[words.chosen(request)],
        missing=missing,
        accepted=accepted,
        csrf=issue(account.name, place),
    )


@router.post("/agreement", include_in_schema=False)
def accept(request: Request, fields: Fields, visitor: Person, place: Place) -> Response:
    """Accept the text of the page."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        version, language = fields.get("version", ""), words.chosen(request)
        accepting.accept(session, account.name, version, language, place.clock)
    return RedirectResponse(f"{place.prefix}/agreement", 303)


@router.get("/api/agreement", tags=["people"])
def show_as_json(visitor: Person, place: Place) -> dict[str, Any]:
    """Return the user agreement that is in force, and what you accepted."""
    text = accepting.current(place.clock().date())
    with place.database.begin() as session:
        account = account_of(session, visitor)
        accepted = accepting.accepted_by(session, account.name)
        return {**_text(text), "accepted": [*map(_acceptance, accepted)]}


@router.post("/api/agreement", tags=["people"], status_code=201)
def accept_as_json(wanted: Accepted, visitor: Person, place: Place) -> dict[str, Any]:
    """Accept a version of the user agreement, for yourself."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        made = accepting.accept(
            session, account.name, wanted.version, wanted.language, place.clock
        )
        return _acceptance(made)


def _text(text: Agreement) -> dict[str, Any]:
    return {
        "version": text.version,
        "since": text.since.isoformat(),
        "days": text.days,
        "digest": text.digest,
        "text": {
            language: [{"heading": heading, "text": said} for heading, said in parts]
            for language, parts in text.text.items()
        },
    }


def _acceptance(made: AgreementAcceptance) -> dict[str, Any]:
    return {
        "version": made.version,
        "digest": made.text_digest,
        "language": made.language,
        "accepted": made.accepted.isoformat(),
        "until": made.until.isoformat(),
    }
