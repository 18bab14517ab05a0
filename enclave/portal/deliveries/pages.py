"""``/projects/SLUG/deliveries/VERSION``: the receipt, and what was read."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from enclave.delivery.workspace_right import open_grants
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.deliveries import receipts, sight
from enclave.portal.deliveries.use import use_if_there
from enclave.portal.office import Place
from enclave.store.delivery_tables import DeliveredVersion


router = APIRouter()

Version = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/projects/{slug}/deliveries/{number}", include_in_schema=False)
def show(
    request: Request, slug: str, number: Version, visitor: Person, place: Place
) -> Response:
    """Show one version: its receipt, and what was read of it."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        row = sight.version(session, place.settings, account, slug, number, place.clock)
        use = use_if_there(
            session, place.settings, account, slug, row, place.clock().date()
        )
        receipt = receipts.shown(
            session, place.settings, account, slug, row, place.clock
        )
    return pages.write(
        request,
        "deliveries/show.html",
        account=account,
        slug=slug,
        row=row,
        receipt=receipt.receipt,
        without=receipt.without,
        use=use,
    )


@router.get("/api/projects/{slug}/deliveries", tags=["projects"])
def every(slug: str, visitor: Person, place: Place) -> dict[str, Any]:
    """List what a project was delivered, the newest first, and what nobody read of it.

    ``persons`` and ``rows`` are null for whom no grant in force lets count them.
    ``unread`` is about the newest, as of the end of last month, and without names but
    for data managers; null if its files are gone, or it came since.
    """
    with place.database.begin() as session:
        account = account_of(session, visitor)
        rows = sight.versions(session, place.settings, account, slug, place.clock)
        held = open_grants(session, place.settings, account.name, slug, place.clock)
        use = None
        if rows:
            today = place.clock().date()
            use = use_if_there(session, place.settings, account, slug, rows[0], today)
        return {
            "deliveries": [_row(one, held=one.grant_id in held) for one in rows],
            "unread": use and use.document(),
        }


def _row(row: DeliveredVersion, *, held: bool) -> dict[str, Any]:
    return {
        "version": row.version,
        "grant": row.grant_id,
        "snapshot": row.snapshot,
        "persons": row.persons if held else None,
        "rows": row.rows if held else None,
        "delivered": row.delivered.isoformat(),
    }
