"""``/institutions`` and ``/api/institutions``: who may have users here."""

from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import RedirectResponse, Response

from enclave.errors import InputError
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import institutions
from enclave.projects.institutions import InstitutionState, Wanted
from enclave.store.certification_tables import Institution


router = APIRouter()


class Terms(BaseModel):
    """An institution to be authorised, and why."""

    model_config = ConfigDict(extra="forbid")

    name: str
    country: str = institutions.DENMARK
    host: str = ""
    until: date | None = None
    reason: str = ""


class Change(BaseModel):
    """The state that an institution shall have, and why."""

    model_config = ConfigDict(extra="forbid")

    name: str
    state: InstitutionState
    reason: str


@router.get("/institutions", include_in_schema=False)
def show(request: Request, visitor: Person, place: Place) -> Response:
    """Show the register, and the forms to those who may use them."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = institutions.every(session)
    return pages.write(
        request,
        "institutions/list.html",
        account=account,
        institutions=found,
        may_change=bool(institutions.MAY_AUTHORISE & account.roles),
        today=place.clock().date(),
        csrf=issue(account.name, place),
    )


@router.post("/institutions", include_in_schema=False)
def press(fields: Fields, visitor: Person, place: Place) -> Response:
    """Authorise an institution, or change the state of one, as the button says."""
    check(fields, visitor.account, place)
    reason, name = fields.get("reason", ""), fields.get("name", "")
    with place.database.begin() as session:
        account = account_of(session, visitor)
        if fields.get("action") == "authorise":
            wanted = Wanted(
                name,
                fields.get("country", "").strip().upper() or institutions.DENMARK,
                fields.get("host", ""),
                _day(fields.get("until", "")),
            )
            institutions.authorise(session, wanted, reason, account.name, place.clock)
        else:
            state = _state(fields.get("action", ""))
            institutions.change(session, name, state, reason, account.name, place.clock)
    return RedirectResponse(f"{place.prefix}/institutions", 303)


@router.get("/api/institutions", tags=["people"])
def listing(visitor: Person, place: Place) -> list[dict[str, Any]]:
    """List the register of institutions."""
    with place.database.begin() as session:
        account_of(session, visitor)
        return [*map(_document, institutions.every(session))]


@router.post("/api/institutions", tags=["people"], status_code=201)
def authorise(wanted: Terms, visitor: Person, place: Place) -> dict[str, Any]:
    """Authorise an institution."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        terms = Wanted(wanted.name, wanted.country, wanted.host, wanted.until)
        return _document(
            institutions.authorise(
                session, terms, wanted.reason, account.name, place.clock
            )
        )


@router.put("/api/institutions", tags=["people"])
def change(wanted: Change, visitor: Person, place: Place) -> dict[str, Any]:
    """Suspend an institution, end its authorisation, or let it go on."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        return _document(
            institutions.change(
                session,
                wanted.name,
                wanted.state,
                wanted.reason,
                account.name,
                place.clock,
            )
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError("The last day is not a date: write 2026-12-31.") from None


def _state(text: str) -> InstitutionState:
    if text not in {*InstitutionState}:
        raise InputError("The button says nothing that can be done: load it again.")
    return InstitutionState(text)


def _document(one: Institution) -> dict[str, Any]:
    return {
        "name": one.name,
        "country": one.country,
        "host": one.host,
        "until": one.until.isoformat() if one.until else None,
        "state": one.state,
        "reason": one.reason,
        "changed": one.changed.isoformat(),
    }
