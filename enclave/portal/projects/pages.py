"""The page of a project: the Five Safes, each as a panel of its own."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from enclave.delivery.workspace_right import may_work
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.deliveries import sight
from enclave.portal.deliveries.use import use_if_there
from enclave.portal.office import Place
from enclave.projects import lifecycle, project_overview


router = APIRouter(prefix="/projects", include_in_schema=False)


@router.get("/{slug}")
def show(request: Request, slug: str, visitor: Person, place: Place) -> Response:
    """Show one project."""
    today = place.clock().date()
    with place.database.begin() as session:
        account = account_of(session, visitor)
        project = lifecycle.get(session, slug)
        project_overview.require_sight(session, project, account, today)
        document = project_overview.document(session, project, today, account)
        decision = may_work(session, place.settings, account.name, slug, place.clock)
        deliveries = sight.versions(session, place.settings, account, slug, place.clock)
        use = None
        if deliveries:
            newest = deliveries[0]
            use = use_if_there(session, place.settings, account, slug, newest, today)
    requests = [
        one for one in document["applications"] if one["kind"] == "data_request"
    ]
    return pages.write(
        request,
        "projects/show.html",
        account=account,
        project=document,
        requests=requests,
        decision=decision,
        deliveries=deliveries,
        use=use,
    )
