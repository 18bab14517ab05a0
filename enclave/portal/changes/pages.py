"""``/projects/SLUG/changes``: why a number changed, for each archived analysis."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from enclave.archive import shelf
from enclave.archive.change import wording
from enclave.archive.change.explanation import Explanation, Part, explain
from enclave.errors import NotFoundError
from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import lifecycle, project_overview


router = APIRouter(prefix="/projects/{slug}/changes", include_in_schema=False)


@router.get("")
def show(request: Request, slug: str, visitor: Person, place: Place) -> Response:
    """List the archived analyses of a project, with a button for each."""
    return _page(request, slug, visitor, place, None)


@router.post("")
def ask(
    request: Request, slug: str, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Explain what changed for one of them; it is asked as the visitor."""
    check(fields, visitor.account, place)
    wanted = fields.get("analysis", "")
    with place.database.begin() as session:
        known = {one.id for one in shelf.everything(session, slug)}
    if wanted not in known:
        raise NotFoundError(f"There is no archived analysis {wanted!r} in {slug}.")
    found = explain(
        place.settings,
        place.database,
        wanted,
        actor=visitor.account,
        clock=place.clock,
    )
    return _page(request, slug, visitor, place, found)


def _page(
    request: Request,
    slug: str,
    visitor: Person,
    place: Place,
    found: Explanation | None,
) -> Response:
    language = words.chosen(request)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        project = lifecycle.get(session, slug)
        today = place.clock().date()
        project_overview.require_sight(session, project, account, today)
        title = project.title
        analyses = shelf.everything(session, slug)
    parts = found.parts if found else ()
    return pages.write(
        request,
        "changes/show.html",
        account=account,
        slug=slug,
        title=title,
        analyses=analyses,
        found=found,
        came=[(one, wording.part(one, language)) for one in parts if _came(one)],
        left=[(one, wording.part(one, language)) for one in parts if not _came(one)],
        remarks=wording.remarks(found, language) if found else [],
        csrf=issue(account.name, place),
    )


def _came(part: Part) -> bool:
    return part.reason.sign > 0
