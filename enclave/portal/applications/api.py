"""``/api/applications`` and ``/api/forms``."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from enclave.feasibility.outcome import Remarks
from enclave.portal.admission import Person, account_of
from enclave.portal.applications import handling
from enclave.portal.applications.handling import Action
from enclave.portal.office import Place
from enclave.projects import applications, listings, overview
from enclave.projects.forms.reading import schema
from enclave.projects.machine import Kind


router = APIRouter(prefix="/api", tags=["applications"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewApplication(_Body):
    """A draft: it may be unfinished."""

    kind: Kind
    form: dict[str, Any]


class Edit(_Body):
    """The whole form anew, and the version that was edited."""

    form: dict[str, Any]
    version: int


class Act(_Body):
    """What to do, and the version that it is done to."""

    action: str
    version: int
    reason: str = ""
    figure: int | None = None


class Answer(_Body):
    """A data manager's answer to a feasibility request.

    ``reason`` says why an exact count is needed; it stands in the audit log.
    """

    version: int
    reason: str
    remarks: Remarks = Remarks()


@router.get("/forms/{kind}")
def form(kind: Kind, visitor: Person) -> dict[str, Any]:
    """Return a form's JSON schema, with labels in both languages."""
    del visitor
    return schema(kind)


@router.get("/applications")
def listing(
    visitor: Person,
    place: Place,
    kind: Kind | None = None,
    page: int = 1,
    *,
    waiting: bool = False,
) -> dict[str, Any]:
    """List the applications you may see, or only those that wait for you."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = (
            listings.waiting_for(session, account, page=page)
            if waiting
            else listings.listing(session, account, kind=kind, page=page)
        )
    return {
        "applications": [overview.summary(one) for one in found.applications],
        "total": found.total,
        "page": found.number,
        "pages": found.of,
    }


@router.post("/applications", status_code=201)
def create(wanted: NewApplication, visitor: Person, place: Place) -> dict[str, Any]:
    """Open a draft."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        made = applications.create(
            session, wanted.kind, wanted.form, account.name, place.clock
        )
        return overview.document(session, made, account)


@router.get("/applications/{application_id}")
def show(application_id: int, visitor: Person, place: Place) -> dict[str, Any]:
    """Return an application: its form, history, and what you may do."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = applications.get(session, application_id, account.name)
        return overview.document(session, found, account, place.catalogue())


@router.put("/applications/{application_id}")
def edit(
    application_id: int, wanted: Edit, visitor: Person, place: Place
) -> dict[str, Any]:
    """Replace the form of a draft or of a returned application."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        applications.get(session, application_id, account.name)
        applications.expect_version(session, application_id, wanted.version)
        changed = applications.edit(
            session, application_id, wanted.form, account.name, place.clock
        )
        return overview.document(session, changed, account)


@router.post("/applications/{application_id}/actions")
def act(
    application_id: int, wanted: Act, visitor: Person, place: Place
) -> dict[str, Any]:
    """Take an application to its next state."""
    action = Action(wanted.action, wanted.version, wanted.reason, wanted.figure)
    account = handling.act(application_id, action, visitor, place)
    with place.database.begin() as session:
        done = applications.get(session, application_id, account.name)
        return overview.document(session, done, account)


@router.post("/applications/{application_id}/answer")
def answer(
    application_id: int, wanted: Answer, visitor: Person, place: Place
) -> dict[str, Any]:
    """Answer a feasibility request: the outcome as released, and your exact count."""
    done, _ = handling.answer(
        application_id, wanted.version, wanted.reason, wanted.remarks, visitor, place
    )
    return {
        "outcome": done.outcome.model_dump(mode="json"),
        "exact_persons": done.exact.exact_persons,
    }
