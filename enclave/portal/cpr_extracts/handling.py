"""Have an extract made, take it, confirm its destruction: for pages and programs."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.responses import Response

from enclave.delivery.cpr_extract import handover, jobs
from enclave.portal.admission import account_of
from enclave.portal.attachments.handling import saved_as
from enclave.portal.cpr_extracts.standing import cpr_extract, standing
from enclave.portal.office import Office
from enclave.portal.visitor import Visitor
from enclave.store.project_tables import Account


@dataclass(frozen=True)
class Standing:
    """Where the extracts of an application stand, for whoever looks.

    Attributes
    ----------
    link, pass_phrase
        Told once, to who had it made; else empty, as is the phrase where the recipient
        has a key.
    """

    account: Account
    shown: dict[str, Any]
    link: str = ""
    pass_phrase: str | None = None


def look(application_id: int, visitor: Visitor, place: Office) -> Standing:
    """Return where the extracts of an application stand."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = cpr_extract(session, application_id, account.name)
        return Standing(account, standing(session, found, account.name, place.clock()))


def prepare(
    request: Request, application_id: int, visitor: Visitor, place: Office
) -> Standing:
    """Leave an extract to a worker, and tell its link and pass phrase."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = cpr_extract(session, application_id, account.name)
        told = jobs.enqueue(
            session, place.settings, found.id, actor=account.name, clock=place.clock
        )
        shown = standing(session, found, account.name, place.clock())
    address = _address_of(request, place, told.link)
    return Standing(account, shown, address, told.pass_phrase)


def take(link: str, visitor: Visitor, place: Office) -> Response:
    """Hand the encrypted list to its recipient, once."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
    name, content = handover.take(
        place.settings, place.database, link, actor=account, clock=place.clock
    )
    return saved_as(name, "application/octet-stream", content)


def destroyed(
    application_id: int, extract: int, visitor: Visitor, place: Office
) -> None:
    """Record the recipient's word that a list is destroyed."""
    with place.database.begin() as session:
        account = account_of(session, visitor).name
        cpr_extract(session, application_id, account)
    handover.confirm_destruction(
        place.database, extract, actor=account, clock=place.clock
    )


def _address_of(request: Request, place: Office, link: str) -> str:
    """Return the whole address of a personal link, as browsers know it."""
    here = place.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return f"{here}{place.prefix}/cpr-extracts/link/{link}"
