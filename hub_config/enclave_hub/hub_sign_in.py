"""Sign-in through the hub for a service that is not written with tornado.

OAuth with PKCE, as JupyterHub's own services do it: who comes without a session is sent
to the hub, comes back with a code, and gets a cookie with the token that the code was
worth. The hub is asked about the token (answers are kept for a minute), so that signing
out at the hub is signing out here.
"""

import secrets
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

from jupyterhub.services.auth import HubOAuth
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from tornado.httputil import url_concat
from tornado.web import create_signed_value, decode_signed_value

from enclave.portal.visitor import Visitor


_HANDSHAKE_SECONDS = 600


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
        self._secret = secrets.token_bytes(32)

    def authenticate(self, request: Request) -> Visitor | None:
        """Return the visitor; None for a stranger who did not ask for a page.

        Raises
        ------
        HTTPException
            A redirect to the hub for a stranger who asked for a page; 403 for a person
            whom no role lets in here.
        """
        if not _opened_by_a_person(request):
            return None
        token = self._read(request, self._hub.cookie_name)
        session = request.cookies.get("jupyterhub-session-id", "")
        user = self._hub.user_for_token(token, session_id=session) if token else None
        if user is None:
            if request.method != "GET":
                return None
            raise HTTPException(302, headers=self._to_the_hub(request))
        if not self._hub.check_scopes(self._hub.access_scopes, user):
            raise HTTPException(403, "Your account may not visit this page.")
        return Visitor(user["name"], "hub")

    async def callback(self, request: Request) -> Response:
        """Take the code that the hub sent the person back with."""
        state = request.query_params.get("state", "")
        if not state or self._read(request, self._state_cookie(state)) != state:
            raise HTTPException(
                403, "This sign-in was begun elsewhere or took too long: start again."
            )
        verifier = self._hub.get_code_verifier(state)
        page = self._hub.get_next_url(state)
        self._hub.clear_oauth_state(state)
        token = await self._hub.token_for_code(
            request.query_params.get("code", ""), code_verifier=verifier, sync=False
        )
        answer = RedirectResponse(page, 302)
        answer.delete_cookie(self._state_cookie(state), path=self._hub.base_url)
        answer.set_cookie(
            self._hub.cookie_name,
            self._sign(self._hub.cookie_name, token),
            path=self._hub.base_url,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    def _to_the_hub(self, request: Request) -> dict[str, str]:
        verifier, challenge, method = self._hub.generate_pkce_code_challenge()
        state = self._hub.generate_state(_path(request), code_verifier=verifier)
        asked = {
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": method,
        }
        # A cookie for each sign-in, so that two pages may sign in at once.
        name = self._state_cookie(state)
        cookie: SimpleCookie = SimpleCookie({name: self._sign(name, state)})
        cookie[name].update(
            {
                "path": self._hub.base_url,
                "max-age": str(_HANDSHAKE_SECONDS),
                "httponly": True,
                "samesite": "Lax",
                "secure": request.url.scheme == "https",
            }
        )
        return {
            "Location": url_concat(self._hub.login_url, asked),
            "Set-Cookie": cookie[name].OutputString(),
        }

    def _state_cookie(self, state: str) -> str:
        return f"{self._hub.state_cookie_name}-{state[:8]}"

    def _sign(self, name: str, value: str) -> str:
        return create_signed_value(self._secret, name, value).decode()

    def _read(self, request: Request, name: str) -> str:
        value = decode_signed_value(self._secret, name, request.cookies.get(name, ""))
        return (value or b"").decode()


def _opened_by_a_person(request: Request) -> bool:
    """Return whether a browser shows the answer to a person as a page of its own.

    A workspace's page is on the same host, and its scripts are user code: what they
    fetch, or load into a frame, comes with the person's cookies but is not the person.
    """
    return request.headers.get("sec-fetch-dest", "document") == "document"


def _path(request: Request) -> str:
    """Return path and query of this request, and never another host."""
    return urlsplit(str(request.url))._replace(scheme="", netloc="").geturl()
