"""``/notices``: what a person was told, the newest first."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.portal import pages, words
from enclave.portal.admission import Person, account_of
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue
from enclave.projects import notices
from enclave.store.project_tables import Application


router = APIRouter(prefix="/notices", include_in_schema=False)


@router.get("")
def listing(request: Request, visitor: Person, place: Place, page: int = 1) -> Response:
    """Show the visitor's notices."""
    language = words.chosen(request)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        told, found = notices.of_account(session, account, page)
        rows = [
            {
                "text": notices.words(
                    one,
                    language,
                    kind=session.get_one(Application, one.application_id).kind,
                ),
                "application": one.application_id,
                # What else a notice keeps there is a day.
                "state": one.state if one.key in notices.OF_STEPS else "",
                "at": one.at.isoformat(),
                "read": one.read is not None,
            }
            for one in told
        ]
    return pages.write(
        request,
        "notices/list.html",
        account=account,
        rows=rows,
        found=found,
        csrf=issue(account.name, place),
    )


@router.post("/read")
def read(fields: Fields, visitor: Person, place: Place) -> Response:
    """Mark all of them as read."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        notices.read_all(session, account_of(session, visitor), place.clock)
    return RedirectResponse(f"{place.prefix}/notices", 303)
