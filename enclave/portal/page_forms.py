"""Forms on pages: their fields, and proof that they came from a page of ours."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

from enclave.portal.office import Place
from enclave.portal.tokens import TokenError


CSRF = "csrf"
CSRF_LIFETIME = timedelta(hours=12)


async def fields_of(request: Request, at_most: int) -> dict[str, str]:
    """Return the fields of a submitted page, of which there may be so many."""
    body = (await request.body()).decode(errors="replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=at_most))
    except ValueError:
        raise HTTPException(
            422, f"Nothing was done: a page here has at most {at_most} fields."
        ) from None


async def _fields(request: Request) -> dict[str, str]:
    return await fields_of(request, 30)


Fields = Annotated[dict[str, str], Depends(_fields)]


def issue(account: str, place: Place) -> str:
    """Return what the forms on a page for this person must bring back."""
    return place.tokens.issue(account, CSRF, CSRF_LIFETIME)


def check(fields: dict[str, str], account: str, place: Place) -> None:
    """Refuse a form that did not come from a page we gave to this person."""
    try:
        claim = place.tokens.check(fields.get("csrf", ""), CSRF)
    except TokenError as error:
        raise HTTPException(
            403, f"Nothing was done: {error}. Load the page again, then decide."
        ) from None
    if claim.account != account:
        raise HTTPException(
            403,
            "Nothing was done: this page was opened by somebody else. Load it again,"
            " then decide.",
        )


def version_of(fields: dict[str, str]) -> int:
    """Return the version of the application that a page was about."""
    try:
        return int(fields.get("version", ""))
    except ValueError:
        raise HTTPException(
            422, "Nothing was done: the page names no version. Load it again."
        ) from None
