"""What holds for every request before any room sees it.

Middleware in plain ASGI: a browser is told to load nothing from elsewhere and to show
the pages in no frame; nothing changes at the wish of another site's page; no body is
larger than a form can be.
"""

import re
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


# Pages need their own style sheet, forms that lead back here and one vendored script,
# which saves drafts as they are typed. Nothing inline runs, and nothing is evaluated.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# Not "no-referrer": with it, browsers send `Origin: null` with our own forms.
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}

MAXIMUM_BODY = 4_000_000
# Only there may a body be larger: a file of 20 MiB, and a form around it.
MAXIMUM_FILE = 22_000_000
_TAKES_FILES = re.compile(r"/applications/[0-9]+/attachments")

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class SafeHeaders:
    """Send the headers above with every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_safely)


class SameOrigin:
    """Refuse a change that another site's page asked for with our visitor's cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] == "http" and not _comes_from_here(scope):
            answer = _refusal(
                403, "This request came from another site: nothing was done."
            )
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send)


class BoundedBody:
    """Refuse a body beyond :data:`MAXIMUM_BODY` bytes, declared or not.

    Where files are attached, it may have :data:`MAXIMUM_FILE`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        takes_files = _TAKES_FILES.search(scope["path"]) is not None
        most = MAXIMUM_FILE if takes_files else MAXIMUM_BODY
        body = await _read(receive, most)
        if body is None:
            answer = _refusal(413, f"A request may have {most:,} bytes at most.")
            await answer(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)


def _comes_from_here(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    # A page elsewhere cannot add this header unless we allow it, and we never do.
    if scope["method"] in _READING or "authorization" in headers:
        return True
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == headers.get("host")


async def _read(receive: Receive, most: int) -> bytes | None:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            return None
        more = message.get("more_body", False)
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _refusal(status: int, text: str) -> JSONResponse:
    return JSONResponse({"error": text}, status_code=status)
