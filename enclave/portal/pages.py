"""Write pages: Jinja templates, escaped always, with every name they use given."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi import Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from enclave.cohort.wording import Language
from enclave.errors import EnclaveError
from enclave.portal import words
from enclave.portal.danish import in_danish
from enclave.portal.office import Office, office
from enclave.portal.tokens import PREFIX
from enclave.projects.forms import FormError
from enclave.projects.forms.naming import spoken


_OF_APPLICATION = re.compile(r"/(?:applications|own-data|cpr-extracts)/(\d{1,9})\b")
_YEAR = 365 * 24 * 3600

# Each room keeps its templates beside its router: "applications/show.html".
_TEMPLATES = Environment(
    loader=PackageLoader("enclave.portal", ""),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(
    request: Request, template: str, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """Return a page in the visitor's language."""
    place = office(request)
    language = words.chosen(request)
    content = _TEMPLATES.get_template(template).render(
        say=words.translator(language),
        language=language,
        root=place.prefix,
        here=request.url.path,
        field_name=lambda kind, path: spoken(kind, path, language),
        in_own_words=in_danish if language == "da" else str,
        # Of a sentence that nobody translated, a screen reader is told that it is none.
        words_in=lambda text: "en" if in_danish(text) == text else language,
        in_language=lambda other: _in_language(request, other),
        workspace=lambda project, account: _workspace(place, project, account),
        **{"account": None, **values},
    )
    answer = HTMLResponse(content, status_code=status)
    if "language" in request.query_params:
        answer.set_cookie(
            words.COOKIE,
            language,
            max_age=_YEAR,
            path=place.prefix or "/",
            httponly=True,
            samesite="lax",
        )
    return answer


def _in_language(request: Request, language: str) -> str:
    """Return the address of this very page in another language."""
    return f"?{request.url.include_query_params(language=language).query}"


@dataclass(frozen=True)
class Said:
    """What a refusal says, and the language that is in: the page's where it is known.

    Attributes
    ----------
    points
        What is wrong with a form, field by field.
    """

    text: str
    language: Language
    points: tuple[str, ...] = ()


def said(request: Request, refusal: str | EnclaveError) -> Said:
    """Return what a refusal says, in the visitor's language where it has that."""
    language = words.chosen(request)
    if isinstance(refusal, FormError):
        return _of_form(refusal, language)
    english = str(refusal)
    if language == "en":
        return Said(english, "en")
    own = refusal.danish if isinstance(refusal, EnclaveError) else None
    danish = own or in_danish(english)
    return Said(danish, "en" if danish == english else "da")


def _of_form(error: FormError, language: Language) -> Said:
    """Return what is wrong with a form, each field called by its label."""
    in_own_words = in_danish if language == "da" else str
    points = []
    for one in error.problems:
        field = spoken(error.kind, one.field, language) if error.kind else one.field
        points.append(f"{field}: {in_own_words(one.message)}.")
    return Said(in_own_words(error.heading), language, tuple(points))


def refusal(request: Request, status: int, why: str | EnclaveError) -> HTMLResponse:
    """Return a page that says why something was not done."""
    return write(
        request,
        "refusal.html",
        status=status,
        said=said(request, why),
        about=_acted_upon(request),
    )


def _acted_upon(request: Request) -> str:
    """Return the number of the application that something should be done with."""
    found = _OF_APPLICATION.search(request.url.path)
    return found[1] if found and request.method == "POST" else ""


def wants_page(request: Request) -> bool:
    """Return whether a browser asks for a page, and not a program for JSON."""
    below = request.url.path.removeprefix(office(request).prefix)
    if below.startswith("/api/") or PREFIX in request.headers.get("authorization", ""):
        return False
    return "text/html" in request.headers.get("accept", "")


def _workspace(place: Office, project: str, account: str) -> str | None:
    if place.workspace_url is None:
        return None
    return place.workspace_url.format(account=quote(account), project=quote(project))
