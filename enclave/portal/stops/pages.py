"""The page of stops: what is stopped, and a button for one project and for all."""

from fastapi import APIRouter, Request
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from enclave.errors import PolicyRefusal
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import lifecycle, stops
from enclave.store.project_tables import Project


router = APIRouter(prefix="/stops", include_in_schema=False)


@router.get("")
def show(request: Request, visitor: Person, place: Place) -> Response:
    """Show every stop that holds, and the forms, to those who may use them."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        if not stops.MAY_STOP & account.roles:
            raise PolicyRefusal(
                "Only the CORE group and data managers stop projects. If something is"
                " wrong, call one of them."
            )
        held = [
            {"slug": project.slug if project else "", "text": stops.spoken(one)}
            for one, project in stops.in_force(session)
        ]
        slugs = session.scalars(select(Project.slug).order_by(Project.slug)).all()
    stopped = {one["slug"] for one in held}
    return pages.write(
        request,
        "stops/list.html",
        account=account,
        held=held,
        free=[slug for slug in slugs if slug not in stopped],
        all_stopped="" in stopped,
        csrf=issue(account.name, place),
    )


@router.post("")
def press(fields: Fields, visitor: Person, place: Place) -> Response:
    """Stop, or lift a stop, as the button says; then show what holds."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        project = _named(session, fields)
        if fields.get("action") == "lift":
            stops.lift(session, project, account.name, place.clock)
        else:
            reason = fields.get("reason", "")
            stops.stop(session, project, reason, account.name, place.clock)
    return RedirectResponse(f"{place.prefix}/stops", 303)


def _named(session: Session, fields: dict[str, str]) -> Project | None:
    """Return the project of a form; None where its button is the one for all."""
    if fields.get("whom") == "all":
        return None
    return lifecycle.get(session, fields.get("project", ""))
