"""The pages of applications: all I may see, and one of them with its buttons."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from enclave.archive import rerun_application, rerun_overview
from enclave.delivery.deliver import FIRST_DELIVERY, failure
from enclave.errors import NotFoundError
from enclave.feasibility.outcome import Remarks
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.applications import form_summary, handling
from enclave.portal.applications.handling import Action
from enclave.portal.office import Office, Place
from enclave.portal.page_forms import Fields, check, issue, version_of
from enclave.projects import (
    applications,
    evidence,
    expected,
    kinds,
    listings,
    overview,
    ownership,
    people,
    review_overview,
    versions,
)
from enclave.projects.machine import EDITABLE, Guard, Kind, State, Transition
from enclave.projects.people import Role
from enclave.store.project_tables import Account, Application
from enclave.store.review_tables import ApplicationEvidence


router = APIRouter(prefix="/applications", include_in_schema=False)

# What another room does about these has a page of its own there.
_HAVE_PAGES = frozenset({Kind.OWN_DATA, Kind.CPR_EXTRACT})


@router.get("")
def listing(
    request: Request,
    visitor: Person,
    place: Place,
    page: int = 1,
    *,
    waiting: bool = False,
) -> Response:
    """Show the applications the visitor may see, or those that wait for them."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        wanted = listings.waiting_for if waiting else listings.listing
        found = wanted(session, account, page=page)
    return pages.write(
        request,
        "applications/list.html",
        account=account,
        rows=[overview.summary(one) for one in found.applications],
        found=found,
        waiting=waiting,
    )


@router.get("/{application_id}")
def show(
    request: Request, application_id: int, visitor: Person, place: Place
) -> Response:
    """Show one application, with what the visitor may do to it."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = applications.get(session, application_id, account.name)
        document = overview.document(session, found, account, place.catalogue())
        actions = overview.possible(session, found, account)
        said = review_overview.document(session, found, account)
        due = expected.expectation(session, found, place.clock().date())
        changed_from, changed = versions.changes_of(session, found)
        leads = ownership.leads(session, found, account)
        first = _version(evidence.find(session, found, FIRST_DELIVERY))
        failed = None if first else failure(session, found.id)
        rerun = _rerun(session, found, account, place)
    language = words.chosen(request)
    return pages.write(
        request,
        "applications/show.html",
        account=account,
        application=document,
        form=form_summary.rows(document["kind"], document["form"], language),
        history=_history(document),
        actions=[
            {
                "name": one.action,
                "reason": Guard.REASON in one.guards,
                "figure": one.figure,
                "main": one.waits and Guard.REASON not in one.guards and not one.figure,
            }
            for one in actions
            if _is_offered(one, found, rerun)
        ],
        rerun=rerun,
        csrf=issue(account.name, place),
        reviews=said,
        sections=form_summary.sections(document["kind"], language),
        expected=due,
        changes=changed,
        changed_from=changed_from,
        first_version=first,
        failed=failed,
        may_read_why=Role.DATA_MANAGER in account.roles,
        may_propose=_may_propose(found, account),
        editable=leads and found.state in EDITABLE,
        may_copy=bool(kinds.of(found.kind).by & account.roles)
        and found.state not in EDITABLE,
        may_count=bool(people.MAY_COUNT & account.roles),
    )


@router.post("/{application_id}/act")
def act(application_id: int, fields: Fields, visitor: Person, place: Place) -> Response:
    """Do what a button says, and show the application again."""
    check(fields, visitor.account, place)
    action = Action(
        fields.get("action", ""),
        version_of(fields),
        fields.get("reason", ""),
        _figure(fields),
    )
    handling.act(application_id, action, visitor, place)
    return RedirectResponse(f"{place.prefix}/applications/{application_id}", 303)


@router.post("/{application_id}/answer")
def answer(
    request: Request, application_id: int, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Answer a feasibility request; who answers sees the exact count, this once."""
    check(fields, visitor.account, place)
    said = {name: fields.get(name, "").strip() for name in Remarks.model_fields}
    done, account = handling.answer(
        application_id,
        version_of(fields),
        fields.get("reason", ""),
        Remarks(**said),
        visitor,
        place,
    )
    return pages.write(
        request,
        "applications/answered.html",
        account=account,
        exact=done.exact,
        number=application_id,
    )


def _history(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of an application, and the files that came and went."""
    steps = [{"file": "", **step} for step in document["history"]]
    for one in document["attachments"]:
        for what, who in (("added", "added_by"), ("removed", "removed_by")):
            if one[what]:
                came = {"file": what, "name": one["name"], "reason": ""}
                steps.append({**came, "actor": one[who], "at": one[what]})
    return sorted(steps, key=lambda step: step["at"])


def _figure(fields: dict[str, str]) -> int | None:
    text = fields.get("figure", "").strip()
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _rerun(
    session: Session, application: Application, account: Account, place: Office
) -> dict[str, Any] | None:
    """Return the re-run that an agreed request brought about, to who may know of it."""
    queued = rerun_application.of_application(session, application)
    if queued is None:
        return None
    with suppress(NotFoundError):
        which = (queued.analysis_id, queued.number)
        return rerun_overview.one(session, *which, account, place.clock)
    return None


def _may_propose(application: Application, account: Account) -> bool:
    answered = application.state in (State.ANSWERED, State.USED_IN)
    return answered and application.created_by == account.name


def _is_offered(
    action: Transition, application: Application, rerun: Mapping[str, Any] | None
) -> bool:
    """Offer what rests on evidence where it is made; a re-run's once it is there."""
    if not action.evidence:
        return True
    if application.kind == Kind.RERUN_REQUEST:
        return bool(rerun and rerun["verdict"])
    return application.kind not in _HAVE_PAGES


def _version(first: ApplicationEvidence | None) -> int | None:
    return json.loads(first.document)["version"] if first else None
