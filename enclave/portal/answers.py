"""How refusals and errors are answered: JSON to programs, a page to browsers.

Nothing here repeats what was sent, and no traceback ever leaves the server.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from enclave.cohort import faults
from enclave.errors import (
    EnclaveError,
    HostError,
    InputError,
    IntegrityError,
    NotFoundError,
    PolicyRefusal,
)
from enclave.portal import pages
from enclave.portal.guarding import HEADERS
from enclave.projects.forms import FormError
from enclave.projects.machine import StateConflict


class WrongField(BaseModel):
    """One field of a form, and what is wrong with it."""

    field: str
    message: str


class Refusal(BaseModel):
    """What was not done, why, and what to do; of a form, field by field."""

    error: str
    fields: list[WrongField] | None = None


# What the framework says, in our words.
_OURS = {
    "Not Found": (
        "There is no page at this address: it was mistyped, or the page has moved."
    ),
    "Method Not Allowed": (
        "Nothing can be done that way at this address: see the list of operations."
    ),
    "There was an error parsing the body": (
        "What was sent is not JSON, or too much stands inside each other: check it"
        " and send it again."
    ),
}

# What any operation may answer instead of what it is for.
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "The request cannot be read."},
    401: {"model": Refusal, "description": "Nobody is signed in, or a token is old."},
    403: {"model": Refusal, "description": "The rules say no to this person."},
    404: {"model": Refusal, "description": "Nothing of that name may be seen here."},
    409: {"model": Refusal, "description": "Something else was done meanwhile."},
    413: {"model": Refusal, "description": "The request is too large."},
    422: {"model": Refusal, "description": "What was given cannot be used."},
    503: {"model": Refusal, "description": "The machine lacks something."},
}

# The first class that fits counts, so the special ones come first.
_STATUS: tuple[tuple[type[EnclaveError], int], ...] = (
    (StateConflict, 409),
    (InputError, 422),
    (PolicyRefusal, 403),
    (NotFoundError, 404),
    (IntegrityError, 500),
    (HostError, 503),
)


def install(app: FastAPI) -> None:
    """Make an app answer errors in words."""
    app.add_exception_handler(EnclaveError, _enclave_error)
    app.add_exception_handler(RequestValidationError, _wrong_request)
    app.add_exception_handler(HTTPException, _http_exception)
    # What no integer of the database can hold: SQLite's driver says the one, and
    # PostgreSQL the other.
    app.add_exception_handler(OverflowError, _too_large)
    app.add_exception_handler(DataError, _too_large)
    app.add_exception_handler(Exception, _bug)


def _enclave_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, EnclaveError):
        raise error
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    more = {}
    if isinstance(error, FormError):
        more["fields"] = [
            {"field": one.field, "message": one.message} for one in error.problems
        ]
    return _answer(request, status, error, more=more)


def _wrong_request(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # The body is what was sent: that it is one tells nobody anything.
    found = [{**one, "loc": _within(one["loc"])} for one in error.errors()]
    text = "\n  ".join(["The request cannot be used:", *faults.lines_of(found)])
    return _answer(request, 422, text)


def _within(location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return location[1:] if location[0] == "body" else location


def _http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code < 400:
        return Response(status_code=error.status_code, headers=error.headers)
    text = _OURS.get(error.detail, error.detail)
    return _answer(request, error.status_code, text, headers=error.headers)


def _too_large(request: Request, error: Exception) -> Response:
    del error
    return _answer(
        request,
        422,
        "The request cannot be used: a number in it is larger than any that is kept"
        " here. Look at the list for those there are.",
    )


def _bug(request: Request, error: Exception) -> Response:
    del error
    answer = _answer(
        request,
        500,
        "Something went wrong on our side, and it was noted. Try again; if it happens"
        " again, tell the data managers when it was.",
    )
    # This answer is made outside the middleware that adds them.
    answer.headers.update(HEADERS)
    return answer


def _answer(
    request: Request,
    status: int,
    why: str | EnclaveError,
    *,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    if pages.wants_page(request):
        return pages.refusal(request, status, why)
    # A program finds the fields of a form under their own names.
    text = str(why) if isinstance(why, FormError) else pages.said(request, why).text
    content = {"error": text, **(more or {})}
    return JSONResponse(content, status_code=status, headers=dict(headers or {}))
