"""``/api/code-lists``."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from enclave.cohort.code_lists import csv_file, lists
from enclave.cohort.code_lists.difference import difference
from enclave.cohort.code_lists.documents import difference_document, document, summary
from enclave.cohort.code_lists.lists import Draft
from enclave.portal.admission import Person, account_of
from enclave.portal.code_lists.address import Name, TwoVersions
from enclave.portal.code_lists.remarks import unknown_codes
from enclave.portal.office import Place


router = APIRouter(prefix="/api/code-lists", tags=["code lists"])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewVersion(_Body):
    """A version to save: ``csv`` is the text of a file, with its headings."""

    name: str
    system: str
    csv: str
    note: str = ""


class Share(_Body):
    """Who may read a list: ``private``, ``institution`` or ``everybody``."""

    shared: str


@router.get("")
def listing(visitor: Person, place: Place) -> list[dict[str, Any]]:
    """List the newest version of every code list you may read."""
    with place.database.begin() as session:
        found = lists.readable(session, account_of(session, visitor))
    return [summary(one) for one in found]


@router.post("", status_code=201)
def save(wanted: NewVersion, visitor: Person, place: Place) -> dict[str, Any]:
    """Save a new list of yours, or its next version; the whole file or nothing."""
    entries = csv_file.read(wanted.csv.encode())
    draft = Draft(wanted.name, wanted.system, entries, wanted.note)
    with place.database.begin() as session:
        account = account_of(session, visitor)
        saved = lists.save(session, account, draft, place.clock)
        versions = lists.versions(session, account, saved.full_name)
    return {**document(saved, versions), "unknown": unknown_codes(saved, place)}


@router.get("/{owner}/{name}")
def show(
    owner: Name, name: Name, visitor: Person, place: Place, version: int | None = None
) -> dict[str, Any]:
    """Return a version, by default the newest, and the node that a question embeds."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = lists.get(session, account, f"{owner}/{name}", version)
        versions = lists.versions(session, account, found.full_name)
    return {**document(found, versions), "unknown": unknown_codes(found, place)}


@router.get("/{owner}/{name}/csv")
def as_csv(
    owner: Name, name: Name, visitor: Person, place: Place, version: int | None = None
) -> Response:
    """Return a version as the CSV file that can be edited and saved again."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        found = lists.get(session, account, f"{owner}/{name}", version)
    file_name = f"{found.full_name.replace('/', '-')}-v{found.version}.csv"
    return Response(
        csv_file.write(found.entries),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


@router.get("/{owner}/{name}/diff")
def diff(
    owner: Name, name: Name, compared: TwoVersions, visitor: Person, place: Place
) -> dict[str, Any]:
    """Say what was added, removed and changed from one version to another."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        old, new = (
            lists.get(session, account, f"{owner}/{name}", version)
            for version in (compared.before, compared.after)
        )
    return difference_document(difference(old.entries, new.entries))


@router.post("/{owner}/{name}/share")
def share(
    owner: Name, name: Name, wanted: Share, visitor: Person, place: Place
) -> dict[str, Any]:
    """Let nobody else, your institution or everybody read a list of yours."""
    with place.database.begin() as session:
        account = account_of(session, visitor)
        lists.share(session, account, f"{owner}/{name}", wanted.shared, place.clock)
        return summary(lists.get(session, account, f"{owner}/{name}"))
