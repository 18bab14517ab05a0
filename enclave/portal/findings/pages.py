"""``/findings``: report what is wrong in the data, look at it, decide on it."""

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.errors import InputError
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.findings.fields import document_of, rule_of
from enclave.portal.office import Office, Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import memberships
from enclave.projects.people import Role
from enclave.returns.findings import desk, effect, listing, rules
from enclave.warehouse.warehouse import Warehouse


router = APIRouter(prefix="/findings", include_in_schema=False)


@router.get("")
def show_all(request: Request, visitor: Person, place: Place) -> Response:
    """Show the findings that one may see, the rules in force, and an empty form."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = listing.visible(session, account.name)
        known = [rules.document(one) for one in rules.everything(session)]
        mine = memberships.projects_of(session, account.name, place.clock)
        slugs = [one.slug for one in mine]
    return pages.write(
        request,
        "findings/list.html",
        account=account,
        found=found,
        rules=known,
        slugs=slugs,
        may_report=bool(slugs) or Role.DATA_MANAGER in account.roles,
        csrf=issue(account.name, place),
    )


@router.post("")
def submit(fields: Fields, visitor: Person, place: Place) -> Response:
    """Keep a finding that was written on the page."""
    check(fields, visitor.account, place)
    catalogue = Warehouse(place.settings).snapshot().catalogue
    with place.database.begin() as session:
        made = desk.submit(
            session,
            document_of(fields),
            catalogue,
            actor=account_of(session, visitor).name,
            project=fields.get("project") or None,
            clock=place.clock,
        )
        number = made.id
    return RedirectResponse(f"{place.prefix}/findings/{number}", 303)


@router.get("/{number}")
def show(request: Request, number: int, visitor: Person, place: Place) -> Response:
    """Show one finding."""
    return _page(request, number, visitor, place)


@router.post("/{number}")
def decide(
    request: Request, number: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Do what a button says; the effect of the rule is shown and not kept."""
    check(fields, visitor.account, place)
    if fields.get("action") == "effect":
        written = fields.get("rule", "")
        told = _effect(place, number, written, visitor.account)
        return _page(request, number, visitor, place, written=written, **told)
    _decide(place, number, fields, visitor.account)
    return RedirectResponse(f"{place.prefix}/findings/{number}", 303)


def _page(
    request: Request,
    number: int,
    visitor: Person,
    place: Place,
    written: str = "",
    **told: Any,
) -> Response:
    with place.database.begin() as session:
        account = account_of(session, visitor)
        document = listing.one(session, number, account.name)
    open_ones = (desk.State.SUBMITTED, desk.State.IN_WORK)
    said = document["finding"]
    decides = Role.DATA_MANAGER in account.roles and document["by"] != account.name
    return pages.write(
        request,
        "findings/show.html",
        account=account,
        finding=document,
        rule=_written(said["rule"]) if said and said["rule"] else "",
        written=written,
        decides=decides and document["state"] in open_ones,
        told={"rows": None, "persons": None, "version": None, **told},
        csrf=issue(account.name, place),
    )


def _effect(place: Office, number: int, written: str, actor: str) -> dict[str, Any]:
    with place.database.begin() as session:
        finding = desk.get(session, number)
        own = finding.created_by == actor
    if own:
        mine = effect.in_delivery(
            place.settings, place.database, number, actor=actor, clock=place.clock
        )
        return {"rows": mine.rows, "persons": mine.persons, "version": mine.version}
    exact = effect.exact(
        place.settings,
        place.database,
        number,
        rule_of(written),
        actor=actor,
        clock=place.clock,
    )
    return {"rows": exact.exact_rows, "persons": exact.exact_persons}


def _decide(place: Office, number: int, fields: dict[str, str], actor: str) -> None:
    comment, clock = fields.get("comment", ""), place.clock
    catalogue = Warehouse(place.settings).snapshot().catalogue
    with place.database.begin() as session:
        match fields.get("action"):
            case "take_up":
                desk.take_up(session, number, actor=actor, clock=clock)
            case "return":
                desk.send_back(session, number, comment, actor=actor, clock=clock)
            case "decline":
                desk.decline(session, number, comment, actor=actor, clock=clock)
            case "accept":
                rule = rule_of(fields.get("rule", ""))
                rules.accept(
                    session,
                    number,
                    comment,
                    catalogue,
                    actor=actor,
                    rule=rule,
                    clock=clock,
                )
            case _:
                raise InputError("Nothing was done: there is no such button.")


def _written(rule: dict[str, Any]) -> str:
    return json.dumps(rule, ensure_ascii=False, indent=1)
