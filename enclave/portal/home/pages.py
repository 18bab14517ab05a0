"""The first page."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from enclave.delivery.workspace_right import may_work
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.projects import (
    admission,
    listings,
    memberships,
    overview,
    project_overview,
)


router = APIRouter(include_in_schema=False)

# Of a longer list, the first page shows so many and a link to the rest.
SHOWN = 9


@router.get("/")
def home(request: Request, visitor: Person, place: Place) -> Response:
    """Show the visitor's projects and applications, and what waits for them."""
    today = place.clock().date()
    with place.database.begin() as session:
        account = account_of(session, visitor)
        waiting = listings.waiting_for(session, account)
        own = listings.own(session, account)
        projects = [
            {
                **project_overview.summary(session, one, today),
                "workspace": may_work(
                    session, place.settings, account.name, one.slug, place.clock
                ),
            }
            for one in memberships.projects_of(session, account.name, place.clock)
        ]
        trusted = admission.certified(session, account, today)
    return pages.write(
        request,
        "home/home.html",
        account=account,
        waiting=[overview.summary(one) for one in waiting.applications[:SHOWN]],
        waiting_total=waiting.total,
        own=[overview.summary(one) for one in own.applications[:SHOWN]],
        own_total=own.total,
        projects=projects,
        untrusted=trusted.reason if projects else "",
    )
