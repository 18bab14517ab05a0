"""``/projects/SLUG/close-out``: what is open, what is lost, and the button for it."""

import json
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from enclave.errors import InputError
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.danish import name_in
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import lifecycle, project_overview
from enclave.projects.people import Role
from enclave.returns.close_out import destruction, ordering, wording
from enclave.returns.close_out.ordering import Order
from enclave.returns.close_out.plan import Plan, plan_of
from enclave.store.project_tables import Project
from enclave.store.return_tables import ProjectDestruction


router = APIRouter(prefix="/projects/{slug}/close-out")


@router.get("", include_in_schema=False)
def show(request: Request, slug: str, visitor: Person, place: Place) -> Response:
    """Show where the end of a project stands, to those who may see the project."""
    language = words.chosen(request)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        project = _project(session, slug, visitor, place)
        row = session.get(ProjectDestruction, project.number)
        plan = plan_of(session, slug, place.clock())
        working = ordering.is_under_way(session, slug)
    done = json.loads(row.record) if row and row.record else None
    return pages.write(
        request,
        "close_out/show.html",
        account=account,
        plan=plan,
        row=row,
        done=done,
        working=working,
        points=[(one, wording.sentence(one, language, name_in)) for one in plan.items],
        goes=wording.goes(plan, language),
        stays=wording.stays(language),
        afterwards=[
            (one["id"], wording.afterwards(one, language)) for one in plan.analyses
        ],
        may_order=Role.CORE in account.roles and not working and _orderable(plan, row),
        csrf=issue(account.name, place),
    )


@router.post("", include_in_schema=False)
def order(slug: str, fields: Fields, visitor: Person, place: Place) -> Response:
    """Order the destruction and leave it to a worker."""
    check(fields, visitor.account, place)
    if fields.get("confirm", "").strip() != slug:
        raise InputError(
            "Nothing was destroyed: write the project's short name to confirm."
        )
    with place.database.begin() as session:
        _project(session, slug, visitor, place)
        wanted = Order(
            slug, fields.get("plan", ""), fields.get("reason", ""), _accepted(fields)
        )
        actor = visitor.account
        ordering.order(session, wanted, actor=actor, clock=place.clock)
        ordering.enqueue(session, slug, actor=actor, clock=place.clock)
    return RedirectResponse(f"{place.prefix}/projects/{slug}/close-out", 303)


@router.get("/record", include_in_schema=False)
def record(slug: str, visitor: Person, place: Place) -> Response:
    """Give the signed record of the destruction, as a file."""
    with place.database.begin() as session:
        _project(session, slug, visitor, place)
    found = destruction.record_of(place.database, slug)
    name = f"destruction-{slug}.json"
    return Response(
        json.dumps(found, ensure_ascii=False, indent=2),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _project(session: Session, slug: str, visitor: Any, place: Place) -> Project:
    account = account_of(session, visitor)
    project = lifecycle.get(session, slug)
    today = place.clock().date()
    project_overview.require_sight(session, project, account, today)
    return project


def _orderable(plan: Plan, row: ProjectDestruction | None) -> bool:
    """Whether there is something to order, or an order that was broken off."""
    if row is not None:
        return row.record is None
    return all(one.acceptable for one in plan.open_items)


def _accepted(fields: dict[str, str]) -> dict[str, str]:
    given = {
        name.removeprefix("accept "): reason
        for name, reason in fields.items()
        if name.startswith("accept ")
    }
    return {name: reason for name, reason in given.items() if reason.strip()}
