"""Sign-in through the hub for the portal, which is not written with tornado."""

import secrets
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from enclave.errors import PolicyRefusal
from enclave.portal.visitor import SENT_FROM_A_PAGE, Visitor
from enclave_hub.hub_handshake import HubHandshake


class HubSignIn:
    """Tell who a request comes from, and send strangers to the hub.

    Parameters
    ----------
    hub
        Configured by the environment that JupyterHub gives its services.
    """

    def __init__(self, hub: HubOAuth) -> None:
        self._hub = hub
        # Cookies of an earlier run do not hold: their owners are sent round once more.
        self._handshake = HubHandshake(hub, secrets.token_bytes(32))

    def authenticate(self, request: Request) -> Visitor | None:
        """Return the visitor; None for a stranger who did not ask for a page.

        Raises
        ------
        HTTPException
            A redirect to the hub for a stranger who asked for a page; 403 for a person
            whom no role lets in here.
        """
        if not comes_from_a_person(request, self._hub.base_url):
            return None
        user = None
        if self._handshake.read(request.cookies, self._hub.cookie_name):
            user = self._handshake.person(request.cookies)
        if user is None:
            if request.method != "GET":
                return None
            raise HTTPException(302, headers=self._to_the_hub(request))
        if not self._hub.check_scopes(self._hub.access_scopes, user):
            raise HTTPException(403, "Your account may not visit this page.")
        return Visitor(user["name"], "hub")

    async def callback(self, request: Request) -> Response:
        """Take the code that the hub sent the person back with."""
        try:
            page, cookies = await self._handshake.finish(
                request.query_params, request.cookies, secure=_is_secure(request)
            )
        except PolicyRefusal as refusal:
            raise HTTPException(403, str(refusal)) from refusal
        answer = RedirectResponse(page, 302)
        for cookie in cookies:
            answer.headers.append("Set-Cookie", cookie.header())
        return answer

    def _to_the_hub(self, request: Request) -> dict[str, str]:
        url, cookie = self._handshake.begin(_path(request), secure=_is_secure(request))
        return {"Location": url, "Set-Cookie": cookie.header()}


def comes_from_a_person(request: Request, prefix: str) -> bool:
    """Return whether a person asks, and not a script with the person's cookies.

    A dashboard's page is on the same host, and its scripts are user code: what they
    fetch, or load into a frame, comes with the person's cookies but is not the person.
    So a browser has to show the answer as a page of its own. A draft that is saved
    while somebody types is fetched as well, but must prove that it is from our page;
    no script can fetch the page with the proof.

    Parameters
    ----------
    prefix
        Path below which the portal lies, with a slash at its end.
    """
    destination = request.headers.get("sec-fetch-dest", "document")
    if destination != "empty":
        return destination == "document"
    below = request.scope["path"].removeprefix(prefix)
    return (
        request.method == "POST"
        and request.headers.get("sec-fetch-site") == "same-origin"
        and SENT_FROM_A_PAGE.fullmatch(below) is not None
    )


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _path(request: Request) -> str:
    """Return path and query of this request, and never another host."""
    return urlsplit(str(request.url))._replace(scheme="", netloc="").geturl()
