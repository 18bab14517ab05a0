"""The pages of code lists: all I may read, one of them, what changed in it."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from enclave.cohort.code_lists import csv_file, lists
from enclave.cohort.code_lists.difference import difference
from enclave.cohort.code_lists.lists import Draft, Sharing
from enclave.portal import pages
from enclave.portal.admission import Person, account_of
from enclave.portal.code_lists.address import Name, TwoVersions
from enclave.portal.code_lists.remarks import unknown_codes
from enclave.portal.office import Place
from enclave.portal.page_forms import Fields, check, issue


router = APIRouter(prefix="/code-lists", include_in_schema=False)

# A longer list is read better in a spreadsheet, and the page links to its file.
MOST_SHOWN = 500


@router.get("")
def listing(request: Request, visitor: Person, place: Place) -> Response:
    """Show the code lists the visitor may read, and a form to save one."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = lists.readable(session, account)
    return pages.write(
        request,
        "code_lists/list.html",
        account=account,
        rows=found,
        csrf=issue(account.name, place),
    )


@router.post("")
def save(fields: Fields, visitor: Person, place: Place) -> Response:
    """Save a version, and show it."""
    check(fields, visitor.account, place)
    entries = csv_file.read(fields.get("csv", "").encode())
    name, system, note = (
        fields.get(field, "").strip() for field in ("name", "system", "note")
    )
    with place.database.begin() as session:
        account = account_of(session, visitor)
        draft = Draft(name, system, entries, note.replace("\r\n", "\n"))
        saved = lists.save(session, account, draft, place.clock)
    return RedirectResponse(f"{place.prefix}/code-lists/{saved.full_name}", 303)


@router.get("/{owner}/{name}")
def show(
    request: Request,
    owner: Name,
    name: Name,
    visitor: Person,
    place: Place,
    version: int | None = None,
) -> Response:
    """Show a version, all versions, and to its owner the forms to go on."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = lists.get(session, account, f"{owner}/{name}", version)
        versions = lists.versions(session, account, found.full_name)
    return pages.write(
        request,
        "code_lists/show.html",
        account=account,
        found=found,
        entries=found.entries[:MOST_SHOWN],
        versions=versions,
        unknown=unknown_codes(found, place),
        name=found.full_name.partition("/")[2],
        csv=csv_file.write(found.entries),
        ways=[*Sharing],
        csrf=issue(account.name, place),
    )


@router.get("/{owner}/{name}/diff")
def diff(
    request: Request,
    owner: Name,
    name: Name,
    compared: TwoVersions,
    visitor: Person,
    place: Place,
) -> Response:
    """Show what changed from one version to another."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        old, new = (
            lists.get(session, account, f"{owner}/{name}", version)
            for version in (compared.before, compared.after)
        )
    return pages.write(
        request,
        "code_lists/diff.html",
        account=account,
        old=old,
        new=new,
        difference=difference(old.entries, new.entries),
    )


@router.post("/{owner}/{name}/share")
def share(
    owner: Name, name: Name, fields: Fields, visitor: Person, place: Place
) -> Response:
    """Share the list as the button says, and show it again."""
    check(fields, visitor.account, place)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        wanted = fields.get("shared", "")
        lists.share(session, account, f"{owner}/{name}", wanted, place.clock)
    return RedirectResponse(f"{place.prefix}/code-lists/{owner}/{name}", 303)
