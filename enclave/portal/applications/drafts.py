"""Begin an application, fill in its form, copy one: the applicant's pages."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from enclave.cohort.question import Question
from enclave.errors import EnclaveError
from enclave.feasibility.service import FeasibilityService
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.applications.form_inputs import inputs, read_back
from enclave.portal.feasibility.slot import SlottedRoute
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, fields_of, issue, version_of
from enclave.projects import (
    applications,
    beginning,
    guards,
    kinds,
    machine,
    memberships,
    overview,
    people,
)
from enclave.projects.case import Case, document
from enclave.projects.forms.reading import FORMS
from enclave.projects.in_force import population_before
from enclave.projects.machine import EDITABLE, Kind, StateConflict
from enclave.store.project_tables import Account, Application


router = APIRouter(prefix="/applications", include_in_schema=False)
# No count comes sooner or later for what it says.
counting = APIRouter(route_class=SlottedRoute)

# A proposal of a hundred people with fifty approvals stays below.
MOST_FIELDS = 4_000

_OF_RERUN = ("analysis", "data", "kernel")


async def _form_fields(request: Request) -> dict[str, str]:
    return await fields_of(request, MOST_FIELDS)


FormFields = Annotated[dict[str, str], Depends(_form_fields)]


@router.get("/new")
def choose(
    request: Request, visitor: Person, place: Place, project: str = ""
) -> Response:
    """Show what the visitor may apply for."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        mine = memberships.projects_of(session, account.name, place.clock)
    found = [
        {
            "name": kind.value,
            "in_project": rules.in_project,
            "any_project": people.Role.RESEARCHER not in rules.by,
        }
        for kind in Kind
        if (rules := kinds.of(kind)).by & account.roles
    ]
    return pages.write(
        request,
        "applications/new.html",
        account=account,
        kinds=found,
        projects=[one.slug for one in mine],
        chosen=project,
        csrf=issue(account.name, place),
    )


@router.post("/new")
def create(fields: Fields, visitor: Person, place: Place) -> Response:
    """Open a draft, and go on to its form."""
    check(fields, visitor.account, place)
    kind = machine.kind(fields.get("kind", ""))
    asked = kinds.of(kind).in_project and fields.get("project", "").strip()
    with place.database.begin() as session:
        account = account_of(session, visitor)
        given = {"project": asked} if asked else {}
        if kind is Kind.RERUN_REQUEST:  # begun beside an analysis, in another room
            known = {name: fields.get(name, "") for name in _OF_RERUN}
            given |= {name: said for name, said in known.items() if said}
        form = beginning.begun(session, kind, given, account, place.clock)
        made = applications.create(session, kind, form, account.name, place.clock)
        number = made.id
    return _to(place, number, "/edit")


@router.post("/{application_id}/propose")
def propose(
    application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Open a draft of a proposal with what a feasibility request says, and go on."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        answered = applications.get(session, application_id, account.name)
        given = beginning.from_answer(answered, account)
        form = beginning.begun(session, Kind.PROPOSAL, given, account, place.clock)
        made = applications.create(
            session, Kind.PROPOSAL, form, account.name, place.clock
        )
        number = made.id
    return _to(place, number, "/edit")


@router.post("/{application_id}/copy")
def copy(
    application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Open a draft with the form of another application, and go on to it."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        made = applications.copy(session, application_id, account.name, place.clock)
        number = made.id
    return _to(place, number, "/edit")


@router.get("/{application_id}/edit")
def form(
    request: Request, application_id: int, visitor: Person, place: Place
) -> Response:
    """Show a form that can be filled in."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = _editable(session, application_id, account, place)
        shown = overview.document(session, found, account, place.catalogue())
    model, language = FORMS[found.kind], words.chosen(request)
    return pages.write(
        request,
        "applications/edit.html",
        account=account,
        application=shown,
        fields=inputs(model, shown["form"], language),
        asked=model.model_fields,
        may_count=bool(people.MAY_COUNT & account.roles),
        csrf=issue(account.name, place),
        refused=None,
        swap=False,
    )


@router.post("/{application_id}/edit")
def save(
    application_id: int, fields: FormFields, visitor: Person, place: Place
) -> Response:
    """Keep the form, and show the application, or the form with one row more."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        _keep(session, application_id, fields, account, place)
    more = fields.get("more")
    return _to(place, application_id, f"/edit#help-{more}" if more else "")


@router.post("/{application_id}/draft")
def save_while_typing(
    request: Request,
    application_id: int,
    fields: FormFields,
    visitor: Person,
    place: Place,
) -> Response:
    """Keep the form as it is now, and say what it still lacks."""
    check(fields, visitor.account, place)
    refused = None
    try:
        with place.database.begin() as session:
            account = account_of(session, visitor)
            _keep(session, application_id, fields, account, place)
    except EnclaveError as error:
        refused = pages.said(request, error)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = applications.get(session, application_id, account.name)
        shown = overview.document(session, found, account)
    return pages.write(
        request,
        "applications/saved.html",
        application=shown,
        refused=refused,
        swap=not refused,
    )


@counting.post("/{application_id}/count")
def count(
    request: Request, application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Count the study population through the gate, in the visitor's name."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = applications.get(session, application_id, account.name)
        asked = Question.model_validate(document(found)["population"])
        former = population_before(session, found)
    told: dict[str, Any] = {"refused": None, "shown": "", "before": ""}
    try:
        service = FeasibilityService(place.settings, place.database)
        told["shown"] = service.count(account.name, asked, clock=place.clock).shown
        if former is not None and former.digest != asked.digest:
            before = service.count(account.name, former, clock=place.clock)
            told["before"] = before.shown
    except EnclaveError as error:
        told["refused"] = pages.said(request, error)
    page = "count" if "hx-request" in request.headers else "count_page"
    return pages.write(
        request,
        f"applications/{page}.html",
        account=account,
        number=application_id,
        **told,
    )


def _keep(
    session: Session,
    application_id: int,
    fields: dict[str, str],
    account: Account,
    place: Place,
) -> None:
    found = _editable(session, application_id, account, place)
    applications.expect_version(session, application_id, version_of(fields))
    kept = document(found)
    entered = read_back(FORMS[found.kind], fields, kept)
    if entered != kept:
        applications.edit(session, application_id, entered, account.name, place.clock)


def _editable(
    session: Session, application_id: int, account: Account, place: Place
) -> Application:
    found = applications.get(session, application_id, account.name)
    whose = kinds.of(found.kind).whose
    guards.check(whose, Case(session, found, account, "", place.clock))
    if found.state not in EDITABLE:
        raise StateConflict(
            f"Application {application_id} was handed in, and cannot be changed now:"
            " withdraw it, or ask for it to be returned."
        )
    return found


def _to(place: Place, number: int, below: str = "") -> Response:
    return RedirectResponse(f"{place.prefix}/applications/{number}{below}", 303)


router.include_router(counting)
